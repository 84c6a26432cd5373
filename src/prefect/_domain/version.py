"""The version of this package, and of the API that it speaks."""

VERSION = "3.9.1+tidemill.0.2.0"
API_VERSION = "0.8.4"
