"""What serves one administrator's screen each: Data sets, Training, Models."""
