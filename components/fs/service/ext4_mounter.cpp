// SPDX-License-Identifier: Apache-2.0
#include "components/fs/service/ext4_mounter.hpp"

#include <abi/protocols/fs.hpp>
#include <algorithm>

#include "components/fs/ext4/ext4.hpp"
#include "components/fs/service/say.hpp"

namespace tessera::fs {

std::uint32_t Ext4Mounter::kind() const { return protocol::fs::kKindExt4; }

Io<bool> Ext4Mounter::probe(BlockDevice& device) {
  const auto found = co_await ext4::probe(device);
  if (!found && found.error() != Error::invalid) co_return std::unexpected(found.error());
  co_return found.has_value();
}

Io<Volume> Ext4Mounter::mount(BlockDevice& device, MountOptions options) {
  const auto identity = co_await ext4::probe(device);
  if (!identity) co_return std::unexpected(identity.error() == Error::invalid ? Error::unsupported : identity.error());
  auto files = co_await ext4::mount(device, {.read_only = options.read_only, .clear_orphans = options.clear_orphans});
  if (!files) {
    say("ext4: {}", files.error().reason);
    co_return std::unexpected(files.error().error);
  }
  Volume volume{.files = std::move(*files)};
  const auto label_end = std::ranges::find(identity->label, '\0');
  std::ranges::copy(identity->label.begin(), label_end, volume.label.begin());
  std::ranges::transform(identity->uuid, volume.uuid.begin(), [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  co_return volume;
}

}  // namespace tessera::fs
