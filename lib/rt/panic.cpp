// SPDX-License-Identifier: Apache-2.0
// Also what the compiler and libc++ call when a program breaks its own rules.
#include "lib/rt/panic.hpp"

#include <abi/protocols/supervisor.hpp>
#include <cstdarg>

#include "lib/rt/ask.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::rt {

namespace supervisor = protocol::supervisor;

// The supervisor does not answer these; should it, the thread still must not go on.
void exit(std::uint64_t status) {
  for (;;) {
    (void)ask<supervisor::Protocol>(objects().own().supervisor, supervisor::ExitRequest{.status = status});
    __builtin_trap();
  }
}

void panic(std::string_view text) {
  (void)ask<supervisor::Protocol>(objects().own().supervisor, supervisor::FailRequest{}, std::as_bytes(std::span(text)));
  __builtin_trap();
}

}  // namespace tessera::rt

extern "C" {

[[noreturn]] void abort() { tessera::rt::panic("abort() was called"); }

[[noreturn]] void __cxa_pure_virtual() { tessera::rt::panic("a pure virtual function was called"); }

// Components end with their address space: destructors of static objects never run.
int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }

void* __dso_handle = nullptr;

}  // extern "C"

namespace std {
inline namespace __1 {

[[noreturn]] __attribute__((__visibility__("default"))) void __libcpp_verbose_abort(const char* format, ...) noexcept {
  tessera::rt::panic(format);
}

}  // namespace __1
}  // namespace std
