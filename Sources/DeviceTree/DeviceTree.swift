// DeviceTree
