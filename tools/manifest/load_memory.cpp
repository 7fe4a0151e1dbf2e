// SPDX-License-Identifier: Apache-2.0
#include "tools/manifest/load_memory.hpp"

#include <bit>
#include <string_view>

#include "lib/format/manifest.hpp"
#include "tools/support/size.hpp"

namespace tessera::tools::manifest {

std::string load_memory(const toml::Reader& reader, const std::string& otherwise, std::uint64_t least, const std::string& owner) {
  const std::string text = reader.string_or("memory", otherwise);
  const auto wrong = [&](const std::string& why) {
    reader.error(reader.where("memory"), "memory = \"" + text + "\": " + why);
    return otherwise;
  };
  if (text.ends_with('%')) {
    const auto part = parse_number(std::string_view(text).substr(0, text.size() - 1));
    return part && *part >= 1 && *part <= 95 ? text : wrong("a share is between 1% and 95%");
  }
  const auto bytes = parse_size(text);
  if (!bytes) return wrong("write a size such as \"8M\" or a share such as \"75%\"");
  if (*bytes < least) return wrong(owner + " needs at least " + std::to_string(least / 1024) + "K");
  if (*bytes % 4096 != 0) return wrong("the size must be a multiple of 4K");
  return std::to_string(*bytes);
}

std::uint64_t load_channel_memory(const toml::Reader& reader, const std::string& what) {
  const std::string text = reader.string("memory");
  const auto bytes = parse_size(text);
  if (bytes && std::has_single_bit(*bytes) && *bytes >= format::kLeastChannelBytes && *bytes <= format::kMostChannelBytes) return *bytes;
  reader.error(reader.where("memory"), "memory = \"" + text + "\": " + what + " is a power of two from 4K to 1G, such as \"1M\"");
  return format::kChannelBytes;
}

}  // namespace tessera::tools::manifest
