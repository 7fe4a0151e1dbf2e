// SPDX-License-Identifier: Apache-2.0
// Linux's error numbers and the Result that carries them.
#pragma once

#include <cstdint>
#include <expected>

namespace tessera::lx {

// asm-generic/errno values, the same on x86-64 and AArch64.
enum class Errno : std::int32_t {
  eperm = 1, enoent = 2, esrch = 3, eintr = 4, eio = 5, enxio = 6, e2big = 7, enoexec = 8, ebadf = 9, echild = 10,
  eagain = 11, enomem = 12, eacces = 13, efault = 14, enotblk = 15, ebusy = 16, eexist = 17, exdev = 18, enodev = 19,
  enotdir = 20, eisdir = 21, einval = 22, enfile = 23, emfile = 24, enotty = 25, etxtbsy = 26, efbig = 27, enospc = 28,
  espipe = 29, erofs = 30, emlink = 31, epipe = 32, edom = 33, erange = 34, edeadlk = 35, enametoolong = 36,
  enolck = 37, enosys = 38, enotempty = 39, eloop = 40, enomsg = 42, eidrm = 43, enodata = 61, etime = 62, eproto = 71, eoverflow = 75,
  elibbad = 80, ebadfd = 77, enotsock = 88, edestaddrreq = 89, emsgsize = 90,
  eprototype = 91, enoprotoopt = 92, eprotonosupport = 93, esocktnosupport = 94, eopnotsupp = 95, eafnosupport = 97,
  eaddrinuse = 98, econnreset = 104, enobufs = 105, eisconn = 106, enotconn = 107, etoomanyrefs = 109, etimedout = 110,
  econnrefused = 111, ealready = 114, einprogress = 115, estale = 116, euclean = 117, ecanceled = 125,
  // Never seen by a guest: the call was interrupted by a signal and starts again
  // when SA_RESTART asks for it (restart_sys), in any case (restart_always), when no
  // handler runs (restart_nohand), or through restart_syscall (restart_block).
  restart_sys = 512, restart_always = 513, restart_nohand = 514, restart_block = 516,
};

template <typename T>
using Result = std::expected<T, Errno>;

inline std::unexpected<Errno> fail(Errno error) { return std::unexpected(error); }

}  // namespace tessera::lx

// Unwraps a Result or returns its error from the enclosing function.
// Statement form: TRY(expr);  value form: auto x = TRY(expr);
#define TRY(...)                                          \
  __extension__ ({                                        \
    auto tessera_result = (__VA_ARGS__);                  \
    if (!tessera_result) [[unlikely]]                     \
      return ::std::unexpected(tessera_result.error());   \
    ::tessera::lx::unwrap(::std::move(tessera_result));   \
  })

#include <utility>

namespace tessera::lx {
template <typename T>
T unwrap(Result<T>&& result) { return std::move(*result); }
inline void unwrap(Result<void>&&) {}
}  // namespace tessera::lx
