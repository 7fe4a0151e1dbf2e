// SPDX-License-Identifier: Apache-2.0
// From a manifest and the command line to the bundle that the machine boots.
#pragma once

#include <string>

#include "tools/image/bundle.hpp"
#include "tools/run/options.hpp"
#include "tools/run/paths.hpp"

namespace tessera::tools::run {

// The command is not in the root file system: what a shell answers with 127.
inline constexpr int kStatusNotFound = 127;
inline constexpr int kStatusOwnFailure = 125;

struct PrepareFailure {
  std::string message;
  int status = kStatusOwnFailure;
};

struct Prepared {
  image::Bundle bundle;
  std::string main;     // the main component's name
  std::string speaker;  // the native main component, whose log is the run's output; "": a Linux program has streams
  bool tells_failure = false;  // a component has the grant `failure`
};

// A machine that copies the root file system to the disk of `options`, its only one: its status is 0 when all is there.
[[nodiscard]] std::expected<Prepared, PrepareFailure> prepare_fill(const Options& options, const Paths& paths);
// Bytes of the files that come on it.
[[nodiscard]] Result<std::uint64_t> root_bytes(const Options& options, const Paths& paths);

// TERMINAL says whether the main program gets a terminal.
[[nodiscard]] std::expected<Prepared, PrepareFailure> prepare_bundle(const Options& options, const Paths& paths, bool terminal);

}  // namespace tessera::tools::run
