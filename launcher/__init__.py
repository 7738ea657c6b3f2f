"""Installs, starts and supervises Forward Pass on one machine; knows the product only by its commands."""
