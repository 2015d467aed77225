"""Where runs live, as the faces see it: `base.Host`, and the hosts that hold it. No torch, no screen."""
