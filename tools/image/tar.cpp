// SPDX-License-Identifier: Apache-2.0
// tar: POSIX.1-1988 ustar headers, GNU 'L' and 'K' records for long names, and of
// POSIX.1-2001's extended headers path and linkpath.
#include "tools/image/tar.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "tools/support/size.hpp"

namespace tessera::tools::image {
namespace {

constexpr std::size_t kBlockBytes = 512;

// A field of the header: up to its first zero byte.
std::string_view field(std::string_view header, std::size_t offset, std::size_t bytes) {
  const std::string_view raw = header.substr(offset, bytes);
  return raw.substr(0, std::min(raw.find('\0'), raw.size()));
}

// Octal with blanks around it; GNU's binary form has the top bit of the first byte set.
std::uint64_t number(std::string_view header, std::size_t offset, std::size_t bytes) {
  std::uint64_t value = 0;
  const std::string_view raw = header.substr(offset, bytes);
  if ((static_cast<unsigned char>(raw.front()) & 0x80) != 0) {
    for (const char byte : raw.substr(bytes - 8)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  for (const char digit : raw) {
    if (digit >= '0' && digit <= '7') value = value << 3 | static_cast<unsigned>(digit - '0');
  }
  return value;
}

std::string full_name(std::string_view header) {
  const std::string_view prefix = field(header, 345, 155);
  const std::string name(field(header, 0, 100));
  // GNU tar's old magic "ustar  " has no prefix field.
  const bool posix = header.substr(257, 6) == std::string_view("ustar\0", 6);
  return posix && !prefix.empty() ? std::string(prefix) + "/" + name : name;
}

Result<std::string> guest_path(const std::string& name) {
  return normal_path("/" + name.substr(name.starts_with("./") ? 2 : name == "." ? 1 : 0));
}

struct LongNames {
  std::string name;
  std::string target;
};

Result<void> add_entry(Root& root, std::string_view header, Content content, const LongNames& longer) {
  const std::string path = TRY(guest_path(longer.name.empty() ? full_name(header) : longer.name));
  const std::string target = longer.target.empty() ? std::string(field(header, 157, 100)) : longer.target;
  Node node{.permissions = static_cast<std::uint32_t>(number(header, 100, 8) & 07777),
            .uid = static_cast<std::uint32_t>(number(header, 108, 8)),
            .gid = static_cast<std::uint32_t>(number(header, 116, 8)),
            .mtime = number(header, 136, 12)};
  switch (header[156]) {
    case '5':
      node.type = NodeType::directory;
      // Of directories that the base made, the base's permissions stay.
      return root.find(path) != nullptr ? Result<void>{} : root.put(path, std::move(node));
    case '0':
    case '\0':
      node.type = NodeType::file;
      node.content = std::move(content);
      return root.put(path, std::move(node));
    case '2':
      node.type = NodeType::link;
      node.target = target;
      return root.put(path, std::move(node));
    case '1': {
      const std::string first = root.resolve(TRY(guest_path(target)));
      const Node* file = first.empty() ? nullptr : root.find(first);
      if (file == nullptr || file->type != NodeType::file) return fail(path + " is a hard link to " + target + ", which is missing");
      return root.put(path, *file);
    }
    // Devices are /dev's business, and what is in a FIFO would be nobody's.
    case '3':
    case '4':
    case '6': return {};
    default:
      return fail(path + ": entries of type '" + std::string(1, header[156]) + "' are not supported in a package");
  }
}

// Records "LENGTH KEY=VALUE\n", the length being the record's own.
void read_extended(std::string_view records, LongNames& longer) {
  while (!records.empty()) {
    const std::size_t blank = records.find(' ');
    const auto bytes = blank == std::string_view::npos ? std::nullopt : parse_number(records.substr(0, blank));
    if (!bytes || *bytes <= blank + 1 || *bytes > records.size()) return;
    const std::string_view record = records.substr(blank + 1, *bytes - blank - 2);
    if (record.starts_with("path=")) longer.name = record.substr(5);
    if (record.starts_with("linkpath=")) longer.target = record.substr(9);
    records.remove_prefix(*bytes);
  }
}

}  // namespace

Result<void> add_tar(Root& root, std::string_view archive, const std::shared_ptr<const void>& owner) {
  LongNames longer;
  if (archive.size() < kBlockBytes) return fail("this is not a tar archive");
  while (archive.size() >= kBlockBytes) {
    const std::string_view header = archive.substr(0, kBlockBytes);
    if (header.find_first_not_of('\0') == std::string_view::npos) return {};
    if (field(header, 257, 5) != "ustar") return fail("this is not a tar archive");
    const std::uint64_t bytes = number(header, 124, 12);
    archive.remove_prefix(kBlockBytes);
    if (bytes > archive.size()) return fail("the archive ends in the middle of a file");
    const std::string_view content = archive.substr(0, bytes);
    archive.remove_prefix(std::min<std::size_t>((bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes, archive.size()));
    if (header[156] == 'L') {
      longer.name = field(content, 0, content.size());
    } else if (header[156] == 'K') {
      longer.target = field(content, 0, content.size());
    } else if (header[156] == 'x') {
      read_extended(content, longer);
    } else if (header[156] != 'g') {
      TRY(add_entry(root, header, content_within(owner, content), longer));
      longer = {};
    }
  }
  return {};
}

Result<void> add_tar(Root& root, std::string archive) {
  const auto owner = std::make_shared<const std::string>(std::move(archive));
  return add_tar(root, *owner, owner);
}

}  // namespace tessera::tools::image
