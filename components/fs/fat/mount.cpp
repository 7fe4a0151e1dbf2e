// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/commit.hpp"
#include "components/fs/fat/directory.hpp"
#include "components/fs/fat/fat.hpp"
#include "components/fs/fat/instance.hpp"
#include "components/fs/fat/table.hpp"

namespace tessera::fs::fat {

namespace {

constexpr std::size_t kLeastMemory = 64 * 1024, kProbedBytes = 4096;

std::unexpected<MountFailure> refuse(Error error, std::string_view reason) {
  return std::unexpected(MountFailure{.error = error, .reason = reason});
}

Io<Bytes> read_start(BlockDevice& device) {
  const std::uint32_t bytes = device.facts().sector_bytes;
  if (device.memory().size() < kProbedBytes || device.facts().bytes < bytes) co_return fail(Error::invalid);
  const std::span<std::byte> to = device.memory().first(bytes);
  if (const Result<void> came = co_await device.read(0, std::span(&to, 1)); !came) co_return fail(came.error());
  co_return Bytes(to).first(boot::kBytes);
}

// What FSInfo says of free clusters, if it can be so; it is a hint.
Io<bool> read_hints(Volume& volume) {
  const Geometry& geometry = volume.geometry;
  if (geometry.info_sector == 0) co_return false;
  const std::span<std::byte> room = volume.bounce.first(geometry.sector_bytes);
  if (const Result<void> came = co_await volume.device.read(geometry.info_sector * geometry.sector_bytes, std::span(&room, 1)); !came) co_return fail(came.error());
  if (get32(room, info::kLead) != info::kLeadValue || get32(room, info::kStruct) != info::kStructValue || get32(room, info::kTrail) != info::kTrailValue)
    co_return false;
  if (const std::uint32_t next = get32(room, info::kNext); geometry.holds(next)) volume.next_free = next;
  const std::uint32_t free = get32(room, info::kFree);
  volume.free_clusters = free;
  co_return free <= geometry.clusters;
}

Text trimmed(std::string_view label) {
  const std::size_t end = label.find_last_not_of(std::string_view(" \0", 2));
  return end == std::string_view::npos ? Text() : Text(label.substr(0, end + 1));
}

// The volume's label is an entry of the root; the boot sector's may be out of date.
Io<Text> read_label(Volume& volume) {
  struct Labels final : Visitor {
    bool entry(const Found&) override { return label_.empty(); }
    void label(Bytes slot) override {
      if (label_.empty()) label_ = trimmed(text(slot.first(boot::kLabelBytes)));
    }
    Text label_;
  } labels;
  if (const Result<void> walked = co_await walk(volume, *volume.root, 0, labels); !walked) co_return fail(walked.error());
  if (labels.label_.empty()) labels.label_ = trimmed(std::string_view(volume.geometry.label.data(), volume.geometry.label.size()));
  if (std::string_view(labels.label_) == "NO NAME") co_return Text();
  co_return labels.label_;
}

}  // namespace

rt::Task<std::expected<Mounted, MountFailure>> mount(BlockDevice& device, MountOptions options) {
  const BlockFacts& facts = device.facts();
  const Result<Bytes> start = co_await read_start(device);
  if (!start) co_return refuse(start.error(), "the boot sector could not be read");
  const auto geometry = read_boot_sector(*start, facts.bytes, facts.sector_bytes);
  if (!geometry) co_return std::unexpected(geometry.error());
  if (device.memory().size() < kLeastMemory + 32 * std::size_t{geometry->sector_bytes}) co_return refuse(Error::no_memory, "the device has too little memory");
  auto volume = std::make_unique<Volume>(device, *geometry, device.memory());
  const Result<bool> clean = co_await marked_clean(*volume);
  if (!clean) co_return refuse(clean.error(), "the table could not be read");
  volume->was_dirty = !*clean;
  const Result<bool> hints = co_await read_hints(*volume);
  if (!hints) co_return refuse(hints.error(), "FSInfo could not be read");
  // After a loss of power the hint is out of date.
  if (!*hints || !*clean) {
    const Result<std::uint64_t> counted = co_await count_free(*volume);
    if (!counted) co_return refuse(counted.error(), "the table could not be read");
    volume->free_clusters = *counted;
  }
  const Result<Text> label = co_await read_label(*volume);
  if (!label) co_return refuse(label.error(), "the root directory");
  volume->read_only = options.read_only || facts.read_only;
  const std::uint32_t serial = geometry->serial;
  co_return Mounted{.files = std::make_unique<Instance>(std::move(volume)), .label = *label, .serial = serial};
}

Io<bool> probe(BlockDevice& device) {
  const Result<Bytes> start = co_await read_start(device);
  if (!start) co_return start.error() == Error::invalid ? Result<bool>(false) : Result<bool>(fail(start.error()));
  const auto geometry = read_boot_sector(*start, device.facts().bytes, device.facts().sector_bytes);
  co_return geometry || geometry.error().error != Error::invalid;
}

}  // namespace tessera::fs::fat
