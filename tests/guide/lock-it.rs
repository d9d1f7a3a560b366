// the guide
