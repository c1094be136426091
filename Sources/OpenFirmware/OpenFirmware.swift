// OpenFirmware
