// PlatformTree
