// BootTest
