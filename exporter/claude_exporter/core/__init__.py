"""The pure half: values, signs, the guide, fold and decide. No clock, no socket, no Prometheus."""
