// SPDX-License-Identifier: Apache-2.0
// A disk, or a part of one, opened as a device: its bytes, without a cache.
#pragma once

#include "components/linux/fs/disk/volume.hpp"
#include "components/linux/fs/file.hpp"

namespace tessera::lx {

class DiskDeviceFile final : public File {
 public:
  DiskDeviceFile(Volume volume, const wire::Disk& disk, std::uint32_t flags) : File(flags), volume_(std::move(volume)), disk_(disk) {}

  Result<std::size_t> read(IoBuffer& to, std::uint64_t& at) override;
  Result<std::size_t> write(IoBuffer& from, std::uint64_t& at) override;
  [[nodiscard]] bool seekable() const override { return true; }
  [[nodiscard]] bool pollable() const override { return false; }
  Result<std::uint64_t> seek(std::int64_t offset, int whence) override;
  Result<void> sync(Hold hold) override { return volume_.device_flush(hold); }
  Result<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument) override;

 private:
  // Whole sectors around [at, at + wanted), as many as go at a time.
  struct Stretch {
    std::uint64_t start = 0;
    std::uint32_t bytes = 0;
    std::size_t within = 0, length = 0;  // what is wanted of it
  };
  [[nodiscard]] Stretch stretch(std::uint64_t at, std::size_t wanted) const;
  Result<void> read_sectors(const Stretch& stretch, const DiskServer::Room& room, Hold hold);
  Result<void> write_sectors(const Stretch& stretch, const DiskServer::Room& room, Hold hold);

  Volume volume_;
  wire::Disk disk_;
};

}  // namespace tessera::lx
