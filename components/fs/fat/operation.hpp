// SPDX-License-Identifier: Apache-2.0
// An operation on tables and directories: plain code that runs without waiting and that succeeds or leaves no trace.
//
// A sector that it wants and that is not there ends it with kMissing: its changes are undone, the sector is read, and
// it begins again (run()). What it changes besides sectors takes effect in finish().
#pragma once

#include <vector>

#include "components/fs/fat/sectors.hpp"
#include "components/fs/try.hpp"

namespace tessera::fs::fat {

struct Volume;

// Why it begins again; never leaves run().
inline constexpr Error kMissing{1001};

class Operation {
 public:
  explicit Operation(Volume& of);
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  ~Operation() { undo(); }

  Volume& volume;

  // A sector's contents, until the operation ends. `ahead`: so many are wanted soon.
  Result<Bytes> read(std::uint64_t sector, std::uint64_t ahead = 1);
  Result<Room> edit(std::uint64_t sector, Role role);
  void finish();

  std::uint64_t missing = 0, missing_count = 1;
  // An entry that goes: its place, and the first byte that it had.
  struct Deletion {
    std::uint64_t position = 0;
    std::byte first{};
    bool later = true;  // only once all that is new is durable; false: that lies in the same sector
  };
  std::vector<Deletion> deletions;
  std::vector<std::uint32_t> freed;  // chains, by their first cluster
  std::vector<std::uint32_t> cuts;   // clusters that chains end with from now on
  std::uint64_t freed_clusters = 0;  // in these, about
  std::uint64_t taken_clusters = 0;

 private:
  struct Saved {
    Slot* slot;
    bool changed;
    std::vector<std::byte> contents;
  };
  Result<Slot*> find(std::uint64_t sector, std::uint64_t ahead);
  void undo();
  std::vector<Saved> saved_;
};

}  // namespace tessera::fs::fat
