"""Format the comparison of two dbts: pure functions that return lines or plain data.

They reuse the words of verify's own reports. May import `results` and `verify.reports`.
"""
