// SPDX-License-Identifier: Apache-2.0
// Replaying the journal in three passes: where it ends, what was revoked, what to write.
#include <algorithm>

#include "components/fs/ext4/checksum.hpp"
#include "components/fs/ext4/journal.hpp"
#include "components/fs/ext4/journal_layout.hpp"

namespace tessera::fs::ext4 {

namespace {
constexpr std::size_t kMostRevoked = std::size_t{1} << 20;
constexpr std::uint32_t kWindow = 64;
}  // namespace

bool Journal::tail_holds(Bytes block) const {
  if (checksums_ == Checksums::none) return true;
  const std::size_t end = block.size() - jb::kTail;
  return crc32c_number(crc32c(seed_, block.first(end)), 0) == get_big32(block, end);
}

Io<Room> Journal::log_block(std::uint32_t logical) {
  if (logical < window_first_ || logical - window_first_ >= window_count_) {
    const Run run = place(logical);
    const auto most = static_cast<std::uint32_t>(volume_.staging.size() / volume_.geometry.block_bytes);
    const std::uint32_t count = std::min({run.count, last_ - logical, kWindow, most});
    const std::span<std::byte> to = volume_.staging.first(std::size_t{count} * volume_.geometry.block_bytes);
    window_count_ = 0;
    const Result<void> came = co_await volume_.device.read(run.physical << volume_.geometry.block_shift, std::span(&to, 1));
    if (!came) co_return fail(came.error());
    window_first_ = logical;
    window_count_ = count;
  }
  co_return staged(logical - window_first_);
}

Result<std::vector<Journal::Tag>> Journal::tags(Bytes descriptor) const {
  std::vector<Tag> all;
  const std::size_t end = descriptor.size() - (checksums_ == Checksums::none ? 0 : jb::kTail);
  for (std::size_t at = jb::kHeader;;) {
    if (at + tag_bytes() > end) return std::unexpected(Error::corrupt);
    Tag tag{.block = get_big32(descriptor, at), .flags = 0, .checksum = 0};
    if (checksums_ == Checksums::v3) {
      tag.flags = get_big32(descriptor, at + 4);
      if (wide_) tag.block |= std::uint64_t{get_big32(descriptor, at + 8)} << 32;
      tag.checksum = get_big32(descriptor, at + 12);
    } else {
      tag.checksum = get_big16(descriptor, at + 4);
      tag.flags = get_big16(descriptor, at + 6);
      if (wide_) tag.block |= std::uint64_t{get_big32(descriptor, at + 8)} << 32;
    }
    all.push_back(tag);
    at += tag_bytes();
    if ((tag.flags & jb::kSameUuid) == 0) at += jb::kUuidBytes;
    if ((tag.flags & jb::kLastTag) != 0) return all;
  }
}

Result<void> Journal::note_revoked(Bytes block, std::uint32_t sequence) {
  const std::uint32_t bytes = get_big32(block, jb::kRevokeCount);
  const std::size_t each = wide_ ? 8 : 4;
  if (bytes < jb::kRevokeFirst || bytes > block.size() - (checksums_ == Checksums::none ? 0 : jb::kTail)) return std::unexpected(Error::corrupt);
  for (std::size_t at = jb::kRevokeFirst; at + each <= bytes; at += each) {
    const std::uint64_t of = wide_ ? std::uint64_t{get_big32(block, at)} << 32 | get_big32(block, at + 4) : get_big32(block, at);
    std::uint32_t& last = revoked_[of];
    last = std::max(last, sequence);
    if (revoked_.size() > kMostRevoked) return std::unexpected(Error::no_memory);
  }
  return {};
}

Io<> Journal::run(Pass pass) {
  const Geometry& geometry = volume_.geometry;
  std::uint32_t at = start_, sequence = sequence_;
  // Each block of the ring is looked at once.
  for (std::uint32_t left = size(); left != 0; --left) {
    if (pass != Pass::scan && sequence == end_) break;
    const Result<Room> read = co_await log_block(at);
    if (!read) co_return fail(read.error());
    Room block = *read;
    if (get_big32(block, 0) != jb::kMagic || get_big32(block, 8) != sequence) break;
    at = after(at);
    const std::uint32_t type = get_big32(block, 4);
    if (type == jb::kDescriptor) {
      const Result<std::vector<Tag>> named = tags(block);
      // What looks like a transaction that never was committed is the end.
      if (!tail_holds(block) || !named || named->size() >= left) {
        if (pass == Pass::scan) break;
        co_return fail(Error::corrupt);
      }
      for (const Tag& tag : *named) {
        const std::uint32_t from = at;
        at = after(at);
        --left;
        if (pass != Pass::replay) continue;
        if (const auto revoked = revoked_.find(tag.block); revoked != revoked_.end() && revoked->second >= sequence) continue;
        const Result<Room> data = co_await log_block(from);
        if (!data) co_return fail(data.error());
        block = *data;
        if (checksums_ != Checksums::none) {
          const std::uint32_t sum = data_checksum(block, sequence);
          if ((checksums_ == Checksums::v3 ? sum : sum & 0xffff) != tag.checksum) co_return fail(Error::corrupt);
        }
        if (!geometry.holds(tag.block, 1) || holds(tag.block)) co_return fail(Error::corrupt);
        if ((tag.flags & jb::kEscaped) != 0) put_big32(block, 0, jb::kMagic);
        const std::span<std::byte> from_log = block;
        const Result<void> wrote = co_await volume_.device.write(tag.block << geometry.block_shift, std::span(&from_log, 1), false);
        // A block that the log holds in an escaped form is read anew for the next pass.
        if ((tag.flags & jb::kEscaped) != 0) window_count_ = 0;
        if (!wrote) co_return wrote;
      }
    } else if (type == jb::kCommit) {
      if (checksums_ != Checksums::none) {
        const std::uint32_t sum = get_big32(block, jb::kCommitChecksum);
        put_big32(block, jb::kCommitChecksum, 0);
        const bool holds_sum = crc32c(seed_, block) == sum;
        put_big32(block, jb::kCommitChecksum, sum);
        if (!holds_sum) {
          if (pass == Pass::scan) break;
          co_return fail(Error::corrupt);
        }
      }
      ++sequence;
    } else if (type == jb::kRevoke) {
      if (!tail_holds(block)) {
        if (pass == Pass::scan) break;
        co_return fail(Error::corrupt);
      }
      if (pass == Pass::revoke) {
        if (const Result<void> noted = note_revoked(block, sequence); !noted) co_return noted;
      }
    } else {
      break;
    }
  }
  if (pass == Pass::scan) end_ = sequence;
  co_return Result<void>();
}

Io<> Journal::replay(std::string_view& reason) {
  for (const Pass pass : {Pass::scan, Pass::revoke, Pass::replay}) {
    if (const Result<void> done = co_await run(pass); !done) {
      reason = pass == Pass::replay ? "replaying the journal" : "reading the journal";
      co_return done;
    }
  }
  revoked_.clear();
  window_count_ = 0;
  if (const Result<void> flushed = co_await volume_.device.flush(); !flushed) co_return flushed;
  sequence_ = end_ + 1;
  head_ = first_;
  if (const Result<void> stopped = co_await stop(); !stopped) co_return stopped;
  co_return Result<void>();
}

}  // namespace tessera::fs::ext4
