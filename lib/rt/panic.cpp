// SPDX-License-Identifier: Apache-2.0
// Also what the compiler and libc++ call when a program breaks its own rules.
#include "lib/rt/panic.hpp"

#include <abi/start.hpp>
#include <cstdarg>

#include "lib/rt/log.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::rt {

// The supervisor does not answer these; should it, the thread still must not go on.
void exit(std::uint64_t status) {
  for (;;) {
    (void)call(objects().own().supervisor, {.label = abi::kSupervisorExit, .word_count = 1, .words = {status}});
    __builtin_trap();
  }
}

void panic(std::string_view text) {
  const std::uint64_t bytes = put_message_text(text);
  (void)call(objects().own().supervisor,
             {.label = abi::kSupervisorFail,
              .word_count = static_cast<std::uint32_t>(abi::kRegisterWords + (bytes + 7) / 8),
              .words = {bytes}});
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
