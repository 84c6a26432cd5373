"""The version of this package, and of the API that it speaks."""

VERSION = "3.8.0+tidemill.0.1.0"
API_VERSION = "0.8.4"
