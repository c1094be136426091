// Waiting for descriptors: what Swift's Glibc module leaves out.
#pragma once

#include <sys/epoll.h>
