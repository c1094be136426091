// GuestServices
