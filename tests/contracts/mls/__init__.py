"""The contract of the Mls port, held by every protocol, and what is the RESO Web API's own."""
