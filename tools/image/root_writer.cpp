// SPDX-License-Identifier: Apache-2.0
// Index and data of a root file system (docs/formats.md).
#include "tools/image/root_writer.hpp"

#include <map>

#include "tools/support/bytes.hpp"

namespace tessera::tools::image {
namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kEntryBytes = 64;
constexpr std::size_t kPageBytes = 4096;

// Linux's type bits of a mode.
std::uint32_t type_bits(NodeType type) {
  switch (type) {
    case NodeType::directory: return 0040000;
    case NodeType::file: return 0100000;
    case NodeType::link: return 0120000;
  }
  return 0;
}

class Writer {
 public:
  void add(const std::string& path, const Node& node) {
    const auto number = static_cast<std::uint32_t>(numbers_.size());
    const std::uint32_t parent = path == "/" ? 0 : numbers_.at(parent_of(path));
    numbers_[path] = number;

    const Place place = store(node, number);
    const std::string name = name_of(path);
    const auto name_offset = static_cast<std::uint32_t>(names_.size());
    names_ += name;

    const std::size_t start = entries_.size();
    append_number(entries_, parent);
    append_number(entries_, type_bits(node.type) | node.permissions);
    append_number(entries_, node.uid);
    append_number(entries_, node.gid);
    append_number(entries_, name_offset);
    append_number(entries_, static_cast<std::uint32_t>(name.size()));
    append_number(entries_, place.bytes);
    append_number(entries_, place.offset);
    append_number(entries_, node.mtime);
    append_number(entries_, place.link_of);
    append_number(entries_, std::uint32_t{0});  // rdev: device files are the personality's own
    entries_.resize(start + kEntryBytes, '\0');
  }

  [[nodiscard]] RootImage finish() {
    RootImage image;
    image.index = "TESSROOT";
    append_number(image.index, std::uint32_t{1});
    append_number(image.index, static_cast<std::uint32_t>(numbers_.size()));
    append_number(image.index, std::uint64_t{kHeaderBytes + entries_.size()});
    append_number(image.index, std::uint64_t{names_.size()});
    image.index += entries_ + names_;
    image.files = std::move(data_);
    return image;
  }

 private:
  struct Place {
    std::uint64_t bytes = 0;
    std::uint64_t offset = 0;
    std::uint32_t link_of = 0;
  };

  Place store(const Node& node, std::uint32_t number) {
    switch (node.type) {
      case NodeType::directory: return {};
      case NodeType::link: {
        const Place place{node.target.size(), names_.size(), 0};
        names_ += node.target;
        return place;
      }
      case NodeType::file: {
        const auto [first, fresh] = files_.try_emplace(node.content.get(), number);
        if (!fresh) return {0, 0, first->second + 1};
        const Place place{node.content->size(), data_bytes_, 0};
        data_.push_back(node.content);
        data_bytes_ += (node.content->size() + kPageBytes - 1) / kPageBytes * kPageBytes;
        return place;
      }
    }
    return {};
  }

  std::map<std::string, std::uint32_t> numbers_;               // of paths
  std::map<const std::string_view*, std::uint32_t> files_;     // first name of each content
  std::string entries_;
  std::string names_;
  std::vector<Content> data_;
  std::uint64_t data_bytes_ = 0;
};

}  // namespace

RootImage write_root(const Root& root) {
  Writer writer;
  for (const auto& [path, node] : root.nodes()) writer.add(path, node);
  return writer.finish();
}

}  // namespace tessera::tools::image
