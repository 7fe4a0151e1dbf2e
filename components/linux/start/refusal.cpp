// SPDX-License-Identifier: Apache-2.0
#include "components/linux/start/refusal.hpp"

namespace tessera::lx {

int status_of_refusal(Errno error) {
  constexpr int kNotFound = 127, kNotExecutable = 126;
  const bool missing = error == Errno::enoent || error == Errno::enotdir || error == Errno::eloop ||
                       error == Errno::enametoolong;
  return missing ? kNotFound : kNotExecutable;
}

// What execve answers; anything else is not the program's fault.
std::string_view reason_of_refusal(Errno error) {
  struct Reason {
    Errno error;
    std::string_view text;
  };
  static constexpr Reason kReasons[] = {
      {Errno::eacces, "Permission denied"},
      {Errno::enoent, "No such file or directory"},
      {Errno::enotdir, "Not a directory"},
      {Errno::eisdir, "Is a directory"},
      {Errno::eloop, "Too many levels of symbolic links"},
      {Errno::enametoolong, "File name too long"},
      {Errno::enoexec, "Exec format error"},
      {Errno::elibbad, "Accessing a corrupted shared library"},
      {Errno::einval, "Invalid argument"},
      {Errno::e2big, "Argument list too long"},
      {Errno::enomem, "Cannot allocate memory"},
      {Errno::etxtbsy, "Text file busy"},
  };
  for (const Reason& reason : kReasons)
    if (reason.error == error) return reason.text;
  return "Input/output error";
}

}  // namespace tessera::lx
