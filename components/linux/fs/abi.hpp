// SPDX-License-Identifier: Apache-2.0
// Layouts that programs see, as Linux has them on all architectures of 64 bits.
#pragma once

#include <array>
#include <cstdint>
#include <linux_arch/layouts.hpp>

namespace tessera::lx::abi {

struct StatxTime {
  std::int64_t seconds;
  std::uint32_t nanoseconds;
  std::int32_t reserved;
};
struct Statx {
  std::uint32_t mask, block_bytes;
  std::uint64_t attributes;
  std::uint32_t links, uid, gid;
  std::uint16_t mode, spare0;
  std::uint64_t inode, size, blocks, attributes_mask;
  StatxTime accessed, born, changed, modified;
  std::uint32_t rdev_major, rdev_minor, device_major, device_minor;
  std::uint64_t mount_id;
  std::array<std::uint64_t, 13> spare;
};
static_assert(sizeof(Statx) == 256);

struct StatFs {
  std::int64_t type, block_bytes;
  std::uint64_t blocks, free_blocks, available_blocks, files, free_files;
  std::array<std::int32_t, 2> id;
  std::int64_t name_bytes, fragment_bytes, flags;
  std::array<std::int64_t, 4> spare;
};
static_assert(sizeof(StatFs) == 120);

// struct linux_dirent64 without its name.
struct [[gnu::packed]] DirectoryEntry64 {
  std::uint64_t inode;
  std::int64_t next;
  std::uint16_t bytes;
  std::uint8_t type;
};
static_assert(sizeof(DirectoryEntry64) == 19);
// struct linux_dirent: the type is the record's last byte.
struct [[gnu::packed]] DirectoryEntryOld {
  std::uint64_t inode, next;
  std::uint16_t bytes;
};
static_assert(sizeof(DirectoryEntryOld) == 18);

struct Flock {
  std::int16_t type, whence;
  std::int32_t pad;
  std::int64_t start, length;
  std::int32_t pid, pad2;
};
static_assert(sizeof(Flock) == 32);

struct IoVector {
  std::uint64_t address, bytes;
};
struct PollDescriptor {
  std::int32_t descriptor;
  std::int16_t events, returned;
};
struct TimeSpec {
  std::int64_t seconds, nanoseconds;
};
struct TimeVal {
  std::int64_t seconds, microseconds;
};
struct OpenHow {
  std::uint64_t flags, mode, resolve;
};

// struct termios of the kernel (not libc's).
struct Termios {
  std::uint32_t input, output, control, local;
  std::uint8_t line;
  std::array<std::uint8_t, 19> characters;
};
static_assert(sizeof(Termios) == 36);
struct Termios2 {
  Termios base;
  std::uint32_t input_speed, output_speed;
};
static_assert(sizeof(Termios2) == 44);
struct Termio {
  std::uint16_t input, output, control, local;
  std::uint8_t line;
  std::array<std::uint8_t, 8> characters;
};
static_assert(sizeof(Termio) == 18);
struct WindowSize {
  std::uint16_t rows, columns, x_pixels, y_pixels;
};

}  // namespace tessera::lx::abi
