// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/fs/image_device.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

namespace tessera::test {

ImageDevice::ImageDevice(rt::TaskLoop& loop, std::vector<std::byte> image, std::size_t memory_bytes)
    : loop_(loop), image_(std::move(image)), room_(memory_bytes + 4096) {
  const std::size_t skip = (4096 - reinterpret_cast<std::uintptr_t>(room_.data()) % 4096) % 4096;
  memory_ = std::span(room_).subspan(skip, memory_bytes);
  facts_.bytes = image_.size() / 512 * 512;
}

fs::Io<> ImageDevice::read(std::uint64_t offset, Pieces to) {
  ++reads;
  if (yields) (void)co_await loop_.turn();
  std::uint64_t total = 0;
  for (const auto piece : to) {
    if (piece.size() % 512 != 0) co_return std::unexpected(fs::Error::invalid);
    total += piece.size();
  }
  if (offset % 512 != 0 || offset > facts_.bytes || total > facts_.bytes - offset) co_return std::unexpected(fs::Error::invalid);
  if (offset < bad_end_ && offset + total > bad_first_) co_return std::unexpected(fs::Error::io);
  for (const auto piece : to) {
    std::ranges::copy(std::span(image_).subspan(offset, piece.size()), piece.begin());
    offset += piece.size();
  }
  co_return fs::Result<void>();
}

fs::Io<> ImageDevice::write(std::uint64_t offset, Pieces from, bool durable) {
  ++writes;
  if (writes_left == 0) co_return std::unexpected(fs::Error::io);
  --writes_left;
  if (yields) (void)co_await loop_.turn();
  std::uint64_t total = 0;
  for (const auto piece : from) {
    if (piece.size() % 512 != 0) co_return std::unexpected(fs::Error::invalid);
    total += piece.size();
  }
  if (offset % 512 != 0 || offset > facts_.bytes || total > facts_.bytes - offset) co_return std::unexpected(fs::Error::invalid);
  Write kept{.offset = offset, .bytes = {}, .durable = durable};
  for (const auto piece : from) {
    std::ranges::copy(piece, std::span(image_).subspan(offset).begin());
    if (recording_) kept.bytes.insert(kept.bytes.end(), piece.begin(), piece.end());
    offset += piece.size();
  }
  if (recording_) steps_.push_back({.is_flush = false, .write = std::move(kept)});
  co_return fs::Result<void>();
}

fs::Io<> ImageDevice::flush() {
  ++flushes;
  if (writes_left == 0) co_return std::unexpected(fs::Error::io);
  // Noted at its beginning: what is written meanwhile may be lost.
  if (recording_) steps_.push_back({.is_flush = true, .write = {}});
  if (yields) (void)co_await loop_.turn();
  co_return fs::Result<void>();
}

fs::Io<> ImageDevice::discard(std::uint64_t, std::uint64_t) { co_return fs::Result<void>(); }

std::vector<std::byte> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  std::vector<std::byte> bytes(in ? static_cast<std::size_t>(in.tellg()) : 0);
  in.seekg(0);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

void write_file(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace tessera::test
