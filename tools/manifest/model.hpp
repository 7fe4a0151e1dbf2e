// SPDX-License-Identifier: Apache-2.0
// What a systems/*.toml says: the components of a system and what each may use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/format/manifest.hpp"
#include "tools/support/diagnostic.hpp"

namespace tessera::tools::manifest {

enum class Kind : std::uint8_t { native, linux };
enum class Restart : std::uint8_t { never, always, on_failure };

// A name written in the manifest, and where.
struct Reference {
  std::string name;
  Location where;
};

struct Grant {
  std::string name;
  std::string value;
  Location where{};
};

struct Channel {
  std::string name;
  Reference peer;
  std::string peer_name;  // what the peer calls it
  std::uint64_t bytes = format::kChannelBytes;
};

// Memory that several components share, in one piece.
struct Pool {
  std::string name;
  Location where;
  std::string memory;  // bytes, or "N%"
};

struct Membership {
  Reference pool;
  bool mapped = true;
};

// What a component may ask for while it runs.
struct Requests {
  std::vector<Grant> hardware{};        // device and interrupt, as with grants
  std::uint64_t memory = 0;             // bytes at a time, a power of two; 0: none
  std::vector<Reference> channels{};    // with these components, which ask, too
};

// What only a component of kind linux has.
struct LinuxProgram {
  std::vector<std::string> command;
  std::vector<std::string> environment;  // NAME=value
  std::vector<std::string> packages;     // Debian packages in the root file system
  std::string directory = "/";           // working directory
  std::string view = "protected";        // or shared
  bool explain = false;                  // tell in the log what programs asked for
  std::string root_disk{};               // "write", "read": the root is on the first disk; "": in the bundle
  bool core = false;                     // core files go to the host: from the command line only
  std::string console = "auto";          // tty, stream, or auto: as the host's standard input is
  bool scheduler = true;                 // a component decides how urgent its threads are
  std::uint64_t processes = 0;           // most processes and threads at a time; 0: as many as the memory carries
  std::uint64_t descriptors = 0;         // most open files of one process; 0: Linux' own limit
};

struct Component {
  std::string name;
  Location where;
  Kind kind = Kind::native;
  std::string program;
  std::string fallback{};  // the program instead, when that one was given up; "": none
  std::string domain;
  Restart restart = Restart::on_failure;
  std::uint64_t restarts = 5;
  std::uint64_t priority = 100;
  std::uint64_t interrupts = format::kInterruptsPerSecond;  // that each of its interrupts may come in a second
  std::string memory;  // bytes, or "N%"
  std::uint64_t reload = 0;  // bytes of a program that may take the place of this one while the system runs; 0: none may
  bool by_hand = false;      // not started at boot
  std::optional<std::uint64_t> node;  // of the machine, of which the memory must be
  std::uint64_t cpu_percent = format::kAllCores;  // of one core
  std::uint64_t core = 0;  // of its first thread
  std::vector<Reference> needs;
  std::vector<Grant> grants;
  Requests requests{};
  std::vector<Channel> channels;
  std::vector<Membership> pools;
  std::vector<std::string> config;  // NAME=value, of a native component
  std::string schedules;            // the component whose threads it schedules
  LinuxProgram guest;
};

struct System {
  std::string name;
  std::string hostname;
  Reference main;
  std::string key{};  // that signs programs, as the image has it: not of the file
  std::vector<Pool> pools;
  std::vector<Component> components;  // in the order of the file; after check() in dependency order

  [[nodiscard]] const Component* find(const std::string& component) const {
    for (const Component& one : components) {
      if (one.name == component) return &one;
    }
    return nullptr;
  }
  [[nodiscard]] Component* find(const std::string& component) {
    for (Component& one : components) {
      if (one.name == component) return &one;
    }
    return nullptr;
  }
};

}  // namespace tessera::tools::manifest
