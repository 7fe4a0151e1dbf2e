// SPDX-License-Identifier: Apache-2.0
// Opening the journal and writing to it; replay.cpp reads it.
#include "components/fs/ext4/journal.hpp"

#include <algorithm>

#include "components/fs/ext4/checksum.hpp"
#include "components/fs/ext4/journal_layout.hpp"
#include "components/fs/ext4/mapping.hpp"
#include "components/fs/ext4/tasks.hpp"

namespace tessera::fs::ext4 {

namespace {
constexpr std::size_t kMostPieces = 256;
constexpr std::uint32_t kMostRevokeBlocks = 4;
}  // namespace

rt::Task<std::expected<std::unique_ptr<Journal>, MountFailure>> Journal::open(Volume& volume) {
  const auto refuse = [](Error error, std::string_view reason) { return std::unexpected(MountFailure{.error = error, .reason = reason}); };
  std::unique_ptr<Journal> journal(new Journal(volume));
  const std::uint32_t number = volume.geometry.journal_inode;
  std::uint64_t blocks = 0, logical = 0;
  do {
    const Result<Mapping> mapping = co_await look(volume, [&](Operation& operation) -> Result<Mapping> {
      const Inode inode = TRY(Inode::open_special(operation, number));
      if (inode.type() != mode::kRegular) return fail(Error::corrupt);
      blocks = std::min<std::uint64_t>(inode.size() >> volume.geometry.block_shift, 0x7fff'ffff);
      return map_block(operation, inode, logical, std::max<std::uint64_t>(blocks, 1) - std::min(logical, blocks - 1));
    });
    if (!mapping) co_return refuse(mapping.error(), "the journal's inode");
    if (!mapping->written()) co_return refuse(Error::corrupt, "the journal has a hole");
    journal->runs_.push_back({.logical = static_cast<std::uint32_t>(logical),
                              .physical = mapping->physical,
                              .count = static_cast<std::uint32_t>(mapping->count)});
    logical += mapping->count;
  } while (logical < blocks);
  journal->last_ = static_cast<std::uint32_t>(blocks);
  const std::span<std::byte> block = volume.staging.first(volume.geometry.block_bytes);
  const Result<void> came = co_await volume.device.read(journal->place(0).physical << volume.geometry.block_shift, std::span(&block, 1));
  if (!came) co_return refuse(came.error(), "the journal's superblock could not be read");
  if (const std::string_view wrong = journal->read_superblock(block); !wrong.empty()) {
    co_return refuse(wrong.contains("support") ? Error::unsupported : Error::corrupt, wrong);
  }
  co_return journal;
}

std::string_view Journal::read_superblock(Bytes bytes) {
  copy(raw_, bytes.first(raw_.size()));
  if (get_big32(raw_, 0) != jb::kMagic || get_big32(raw_, 4) != jb::kSuperblockV2) return "the journal's superblock";
  if (get_big32(raw_, jb::kBlockSize) != volume_.geometry.block_bytes) return "the journal's block size";
  const std::uint32_t compat = get_big32(raw_, jb::kCompat), incompat = get_big32(raw_, jb::kIncompat);
  constexpr std::uint32_t kKnown = jb::kRevokes | jb::k64Bit | jb::kAsyncCommit | jb::kChecksumV2 | jb::kChecksumV3 | jb::kFastCommit;
  if ((incompat & ~kKnown) != 0 || (compat & ~jb::kCompatChecksum) != 0) return "a feature of the journal is not supported";
  wide_ = (incompat & jb::k64Bit) != 0;
  checksums_ = (incompat & jb::kChecksumV3) != 0 ? Checksums::v3 : (incompat & jb::kChecksumV2) != 0 ? Checksums::v2 : Checksums::none;
  if (checksums_ != Checksums::none) {
    if (get8(raw_, jb::kChecksumType) != 4) return "the journal's kind of checksums is not supported";
    const std::uint32_t sum = get_big32(raw_, jb::kChecksum);
    put_big32(raw_, jb::kChecksum, 0);
    if (crc32c(~0u, raw_) != sum) return "the checksum of the journal's superblock";
    put_big32(raw_, jb::kChecksum, sum);
  }
  seed_ = crc32c(~0u, Bytes(raw_).subspan(jb::kUuid, jb::kUuidBytes));
  first_ = get_big32(raw_, jb::kFirst);
  std::uint32_t end = get_big32(raw_, jb::kMaxLen);
  if (end > last_) return "the journal is longer than its file";
  if ((incompat & jb::kFastCommit) != 0) {
    const std::uint32_t fast = get_big32(raw_, jb::kFastBlocks);
    const std::uint32_t taken = fast == 0 ? jb::kDefaultFastBlocks : fast;
    if (taken >= end) return "the journal's part for fast commits";
    end -= taken;
  }
  last_ = end;
  if (first_ == 0 || first_ >= last_ || last_ - first_ < 512) return "the journal's size";
  sequence_ = get_big32(raw_, jb::kSequence);
  start_ = get_big32(raw_, jb::kStart);
  if (start_ != 0 && (start_ < first_ || start_ >= last_)) return "where the journal starts";
  noted_error_ = get_big32(raw_, jb::kErrno) != 0;
  if (start_ != 0 && (incompat & (jb::kAsyncCommit | jb::kFastCommit)) != 0) {
    return "replay of asynchronous or fast commits is not supported: e2fsck does it";
  }
  head_ = first_;
  return {};
}

Journal::Run Journal::place(std::uint32_t logical) const {
  const Run& run = *std::prev(std::ranges::upper_bound(runs_, logical, {}, &Run::logical));
  const std::uint32_t within = logical - run.logical;
  return {.logical = logical, .physical = run.physical + within, .count = run.count - within};
}

bool Journal::holds(std::uint64_t block) const {
  return std::ranges::any_of(runs_, [block](const Run& run) { return block >= run.physical && block - run.physical < run.count; });
}

std::size_t Journal::tag_bytes() const {
  if (checksums_ == Checksums::v3) return 16;
  return 8 + (checksums_ == Checksums::v2 ? 2u : 0u) + (wide_ ? 4u : 0u);
}

std::uint32_t Journal::tags_per_block() const {
  return static_cast<std::uint32_t>((volume_.geometry.block_bytes - jb::kHeader - jb::kUuidBytes - jb::kTail) / tag_bytes());
}

std::uint32_t Journal::revokes_per_block() const {
  return static_cast<std::uint32_t>((volume_.geometry.block_bytes - jb::kRevokeFirst - jb::kTail) / (wide_ ? 8 : 4));
}

std::uint32_t Journal::overhead(std::uint32_t blocks) const { return kMostRevokeBlocks + blocks / tags_per_block() + 1 + 1; }

Room Journal::staged(std::size_t index) const {
  return volume_.staging.subspan(index * volume_.geometry.block_bytes, volume_.geometry.block_bytes);
}

Io<> Journal::write_superblock() {
  const Room block = staged(0);
  put_big32(raw_, jb::kSequence, sequence_);
  put_big32(raw_, jb::kStart, start_);
  if (checksums_ != Checksums::none) {
    put8(raw_, jb::kChecksumType, 4);
    put_big32(raw_, jb::kChecksum, 0);
    put_big32(raw_, jb::kChecksum, crc32c(~0u, raw_));
  }
  clear(block);
  copy(block, raw_);
  co_return co_await volume_.device.write(place(0).physical << volume_.geometry.block_shift, std::span(&block, 1), true);
}

Io<> Journal::start(bool with_checksums, bool wide) {
  const std::uint32_t old = get_big32(raw_, jb::kIncompat);
  std::uint32_t incompat = (old & jb::kFastCommit) | jb::kRevokes;
  if (wide) incompat |= jb::k64Bit;
  if (with_checksums) incompat |= jb::kChecksumV3;
  put_big32(raw_, jb::kIncompat, incompat);
  put_big32(raw_, jb::kCompat, 0);
  put_big32(raw_, jb::kErrno, 0);
  put8(raw_, jb::kChecksumType, 0);
  wide_ = wide;
  checksums_ = with_checksums ? Checksums::v3 : Checksums::none;
  start_ = head_ = first_;
  used_ = 0;
  co_return co_await write_superblock();
}

Io<> Journal::stop() {
  start_ = 0;
  co_return co_await write_superblock();
}

Io<> Journal::forget_all() {
  start_ = head_;
  used_ = 0;
  co_return co_await write_superblock();
}

void Journal::put_head(Room block, std::uint32_t type) const {
  clear(block);
  put_big32(block, 0, jb::kMagic);
  put_big32(block, 4, type);
  put_big32(block, 8, sequence_);
}

void Journal::put_tail(Room block) const {
  if (checksums_ != Checksums::none) put_big32(block, block.size() - jb::kTail, crc32c(seed_, block));
}

std::uint32_t Journal::data_checksum(Bytes block, std::uint32_t sequence) const {
  return crc32c(crc32c_number(seed_, std::byteswap(sequence)), block);
}

Io<> Journal::write(const std::vector<std::uint64_t>& homes, const std::vector<std::uint64_t>& revoked) {
  std::vector<std::span<std::byte>> blocks;  // in the order of the log
  std::size_t own = 0;
  for (std::size_t at = 0; at < revoked.size();) {
    const Room block = staged(own++);
    put_head(block, jb::kRevoke);
    std::size_t place = jb::kRevokeFirst;
    for (std::uint32_t i = 0; i < revokes_per_block() && at < revoked.size(); ++i, ++at) {
      if (wide_) {
        put_big32(block, place, static_cast<std::uint32_t>(revoked[at] >> 32));
        place += 4;
      }
      put_big32(block, place, static_cast<std::uint32_t>(revoked[at]));
      place += 4;
    }
    put_big32(block, jb::kRevokeCount, static_cast<std::uint32_t>(place));
    put_tail(block);
    blocks.push_back(block);
  }
  for (std::size_t at = 0; at < homes.size();) {
    const Room descriptor = staged(own++);
    put_head(descriptor, jb::kDescriptor);
    blocks.push_back(descriptor);
    std::size_t place = jb::kHeader;
    for (std::uint32_t i = 0; i < tags_per_block() && at < homes.size(); ++i, ++at) {
      const Room block = staged(volume_.journal_overhead + at);
      std::uint32_t flags = i == 0 ? 0 : jb::kSameUuid;
      // What looks like a block of the journal is hidden.
      if (get_big32(block, 0) == jb::kMagic) {
        put_big32(block, 0, 0);
        flags |= jb::kEscaped;
      }
      if (i + 1 == tags_per_block() || at + 1 == homes.size()) flags |= jb::kLastTag;
      put_big32(descriptor, place, static_cast<std::uint32_t>(homes[at]));
      if (checksums_ == Checksums::v3) {
        put_big32(descriptor, place + 4, flags);
        put_big32(descriptor, place + 8, static_cast<std::uint32_t>(homes[at] >> 32));
        put_big32(descriptor, place + 12, data_checksum(block, sequence_));
      } else {
        put_big16(descriptor, place + 6, static_cast<std::uint16_t>(flags));
        if (wide_) put_big32(descriptor, place + 8, static_cast<std::uint32_t>(homes[at] >> 32));
      }
      place += tag_bytes();
      if (i == 0) {
        copy(descriptor.subspan(place), Bytes(raw_).subspan(jb::kUuid, jb::kUuidBytes));
        place += jb::kUuidBytes;
      }
      blocks.push_back(block);
    }
    put_tail(descriptor);
  }
  const Room commit = staged(own++);
  put_head(commit, jb::kCommit);
  if (checksums_ != Checksums::none) put_big32(commit, jb::kCommitChecksum, crc32c(seed_, commit));
  if (blocks.size() + 1 > room()) co_return fail(Error::no_space);

  const std::uint32_t shift = volume_.geometry.block_shift;
  std::uint32_t at = head_;
  for (std::size_t done = 0; done < blocks.size();) {
    const Run to = place(at);
    const std::size_t count = std::min({blocks.size() - done, std::size_t{to.count}, std::size_t{last_ - at}, kMostPieces});
    const Result<void> wrote =
        co_await volume_.device.write(to.physical << shift, std::span(blocks).subspan(done, count), false);
    if (!wrote) co_return wrote;
    done += count;
    at += static_cast<std::uint32_t>(count);
    if (at == last_) at = first_;
  }
  // All that the transaction means, the data of its files too, is there before it counts.
  if (const Result<void> flushed = co_await volume_.device.flush(); !flushed) co_return flushed;
  const std::span<std::byte> last = commit;
  const Result<void> wrote = co_await volume_.device.write(place(at).physical << shift, std::span(&last, 1), true);
  if (!wrote) co_return wrote;
  head_ = after(at);
  used_ += static_cast<std::uint32_t>(blocks.size()) + 1;
  ++sequence_;
  co_return Result<void>();
}

}  // namespace tessera::fs::ext4
