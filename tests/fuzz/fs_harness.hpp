// SPDX-License-Identifier: Apache-2.0
// What is done with a file system on an image of any bytes: all of it is read, some of it changed.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "components/fs/file_system.hpp"
#include "tests/unit/fs/image_device.hpp"

namespace tessera::test::fuzz {

inline constexpr std::size_t kChunk = 32;

inline void must(bool holds) {
  if (!holds) std::abort();
}

// An image, and which parts of it are not all the same byte: what lies between is of no interest.
struct Image {
  std::vector<std::byte> bytes;
  std::vector<std::size_t> chunks;
};
// Of the folder TESSERA_FUZZ_IMAGES.
inline std::vector<Image> read_images(std::initializer_list<const char*> names, std::size_t least) {
  const char* const folder = std::getenv("TESSERA_FUZZ_IMAGES");
  std::vector<Image> found;
  for (const char* const name : names) {
    Image image{.bytes = read_file(std::string(folder == nullptr ? "." : folder) + "/" + name), .chunks = {}};
    must(image.bytes.size() >= least);
    for (std::size_t at = 0; at + kChunk <= image.bytes.size(); at += kChunk) {
      const std::span chunk = std::span(image.bytes).subspan(at, kChunk);
      if (std::ranges::any_of(chunk, [&](std::byte byte) { return byte != chunk[0]; })) image.chunks.push_back(at);
    }
    found.push_back(std::move(image));
  }
  return found;
}

// The image that the input chooses, with the input's changes: three bytes of a place, one new.
inline std::vector<std::byte> changed(const std::vector<Image>& images, std::span<const std::byte> input) {
  const Image& good = images[static_cast<std::size_t>(input[0]) % images.size()];
  std::vector<std::byte> image = good.bytes;
  for (std::size_t at = 1; at + 4 <= input.size(); at += 4) {
    const std::size_t place = std::to_integer<std::size_t>(input[at]) | std::to_integer<std::size_t>(input[at + 1]) << 8 | std::to_integer<std::size_t>(input[at + 2]) << 16;
    image[good.chunks[place / kChunk % good.chunks.size()] + place % kChunk] = input[at + 3];
  }
  return image;
}

using namespace tessera::fs;

inline constexpr Time kNow{.seconds = 1'800'000'000, .nanoseconds = 1};
inline constexpr unsigned kMostNodes = 200, kMostNames = 400, kMostRounds = 2000;

struct Sink final : DirectorySink {
  std::vector<std::pair<std::string, InodeNumber>> names;
  bool add(const DirectoryEntry& entry) override {
    if (names.size() >= kMostNames) return false;
    names.emplace_back(entry.name, entry.inode);
    return true;
  }
};

// Everything that can be reached.
inline std::vector<InodeNumber> walk(HostLoop& loop, FileSystem& files) {
  std::vector<InodeNumber> seen{files.root()};
  std::vector<std::byte> room(16384);
  const std::span<std::byte> piece(room);
  for (std::size_t i = 0; i < seen.size() && seen.size() < kMostNodes; ++i) {
    const InodeNumber inode = seen[i];
    const auto known = run(loop, files.attributes(inode));
    if (!known) continue;
    if (const auto count = run(loop, files.read(inode, known->size / 2 / 512 * 512, std::span(&piece, 1)))) must(*count <= room.size());
    (void)run(loop, files.seek(inode, 0, true));
    (void)run(loop, files.read_link(inode, room));
    (void)run(loop, files.list_extended(inode, room));
    (void)run(loop, files.get_extended(inode, "user.attribute", room));
    std::uint64_t position = 0;
    for (unsigned round = 0; round < kMostRounds; ++round) {
      Sink sink;
      const auto next = run(loop, files.read_directory(inode, position, sink));
      if (!next || sink.names.empty()) break;
      position = *next;
      for (const auto& [name, number] : sink.names) {
        must(!name.empty() && name.size() <= 255);
        (void)run(loop, files.lookup(inode, name));
        if (seen.size() < kMostNodes && std::ranges::find(seen, number) == seen.end()) seen.push_back(number);
      }
      if (sink.names.size() < kMostNames) break;
    }
  }
  return seen;
}

inline void disturb(HostLoop& loop, FileSystem& files, const std::vector<InodeNumber>& inodes) {
  std::vector<std::byte> data(4096, std::byte{7});
  const std::span<std::byte> piece(data);
  const NewInode what{.mode = 0x81a4, .uid = 0, .gid = 0, .device_major = 0, .device_minor = 0, .now = kNow, .target = {}};
  for (std::size_t i = 0; i < inodes.size() && i < 24; ++i) {
    const InodeNumber inode = inodes[i];
    (void)run(loop, files.create(inode, "new", what));
    (void)run(loop, files.write(inode, i * 512, std::span(&piece, 1), i * 512 + 4000, kNow));
    (void)run(loop, files.set_extended(inode, "user.new", data, 0, kNow));
    (void)run(loop, files.rename(inode, "new", files.root(), "newer" + std::to_string(i), 0, kNow));
    AttributeChange cut{.which = AttributeChange::kSize, .to = {}};
    cut.to.size = 100;
    (void)run(loop, files.change_attributes(inode, cut));
    (void)run(loop, files.allocate(inode, 0, 0, 9000, kNow));
  }
  Sink sink;
  (void)run(loop, files.read_directory(files.root(), 0, sink));
  for (const auto& [name, inode] : sink.names) {
    (void)run(loop, files.unlink(files.root(), name, false, kNow));
    (void)run(loop, files.unlink(files.root(), name, true, kNow));
  }
  (void)run(loop, files.sync(0, false));
}

}  // namespace tessera::test::fuzz
