// SPDX-License-Identifier: Apache-2.0
// The disk's parts and the file systems that are mounted on them. A request says which part it is for and
// how that is mounted; the first one mounts. One file system on a part at a time: where another way to
// mount it is asked for, it is mounted anew when nobody uses it.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "components/fs/file_system.hpp"
#include "components/fs/service/part_device.hpp"
#include "components/fs/service/partitions.hpp"
#include "lib/rt/signal.hpp"

namespace tessera::fs {

// A file system that was mounted, and what it says of itself.
struct Volume {
  std::unique_ptr<FileSystem> files;
  std::array<std::uint8_t, 64> label{};  // zero-padded
  std::array<std::uint8_t, 16> uuid{};
};

struct MountOptions {
  bool read_only = false;
  bool clear_orphans = false;
};

// A kind of file systems.
class Mounter {
 public:
  [[nodiscard]] virtual std::uint32_t kind() const = 0;  // kind_* of the protocol
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Whether there is one of this kind.
  virtual Io<bool> probe(BlockDevice& device) = 0;
  virtual Io<Volume> mount(BlockDevice& device, MountOptions options) = 0;

 protected:
  ~Mounter() = default;
};

// What the flags of a request say.
struct Target {
  std::uint32_t part = 0;
  std::uint32_t kind = 0;
  bool read_only = false;

  // None: flags that make no sense.
  [[nodiscard]] static std::optional<Target> of(std::uint16_t flags);
};

class Mounts {
 private:
  struct Entry {
    std::unique_ptr<PartDevice> device;
    Volume volume;
    const Mounter* mounter = nullptr;
    bool read_only = false;
    bool busy = false;          // it is mounted, or unmounted, now
    std::size_t users = 0;
    std::uint64_t session = 0;  // of the client for which it was mounted
    std::map<InodeNumber, std::uint64_t> kept;
    rt::Signal changed;         // users or busy
    std::span<std::byte> memory;
  };

 public:
  // `memory`: of the disk, for tables and for the file systems' own blocks.
  Mounts(BlockDevice& disk, std::span<std::byte> memory, std::span<Mounter* const> mounters);
  Mounts(const Mounts&) = delete;
  Mounts& operator=(const Mounts&) = delete;
  ~Mounts();

  // A mounted file system while it is used.
  class Use {
   public:
    explicit Use(Entry& entry) : entry_(&entry) { ++entry.users; }
    Use(Use&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
    Use& operator=(Use&&) = delete;
    ~Use() {
      if (entry_ != nullptr && --entry_->users == 0) entry_->changed.raise();
    }
    [[nodiscard]] FileSystem& files() const { return *entry_->volume.files; }
    [[nodiscard]] const Volume& volume() const { return entry_->volume; }
    [[nodiscard]] std::uint32_t kind() const { return entry_->mounter->kind(); }
    // What the file system keeps; it is kept again where it is mounted another way.
    void note_kept(InodeNumber inode) const { ++entry_->kept[inode]; }
    void note_let_go(InodeNumber inode) const;

   private:
    Entry* entry_;
  };

  // `session`: of the client that asks. The first of a session that is a `beginning` mounts anew and clears what
  // an earlier client kept; so does one that finds nothing mounted.
  Io<Use> use(Target target, std::uint64_t session, bool beginning);
  Io<> unmount(std::uint32_t part);
  // What was answered so far is durable, of all that is mounted for writing.
  rt::Task<> commit();

  // Of the whole disk; read once, when it could be.
  Io<const PartitionTable*> table();
  // A range of the disk: of a part, or of all (0). no_device: there is no such part.
  struct Range {
    std::uint64_t first = 0, bytes = 0;
  };
  Io<Range> range(std::uint32_t part);
  // Something is mounted on some of it.
  [[nodiscard]] bool mounted_on(Range range) const;
  // The disk itself was written to: it may have another table now.
  void forget_table() { table_.reset(); }
  [[nodiscard]] BlockDevice& disk() const { return disk_; }

 private:
  static constexpr std::size_t kTableRoom = 64 * 1024;
  // As many file systems at a time as memory is enough for.
  static constexpr std::size_t kLeastMemory = 1 << 20, kMostMounted = 8;

  Io<> make_ready(Entry& entry, std::uint32_t part, Target target, std::uint64_t session, bool beginning);
  Io<> mount(Entry& entry, std::uint32_t part, Target target, bool clear_orphans);
  Io<> end(Entry& entry);
  Io<Mounter*> find_mounter(BlockDevice& device, std::uint32_t kind);

  BlockDevice& disk_;
  std::span<Mounter* const> mounters_;
  std::span<std::byte> table_room_;
  std::vector<std::span<std::byte>> free_memory_;  // for file systems
  std::optional<PartitionTable> table_;
  bool reading_table_ = false;
  rt::Signal table_read_;
  std::map<std::uint32_t, Entry> entries_;  // by part; they stay
};

}  // namespace tessera::fs
