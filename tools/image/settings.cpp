// SPDX-License-Identifier: Apache-2.0
#include "tools/image/settings.hpp"

namespace tessera::tools::image {
namespace {

const Node* file_at(const Root& root, const std::string& path) {
  const Node* node = root.find(path);
  return node != nullptr && node->type == NodeType::file ? node : nullptr;
}

// As update-passwd does for a new system: the passwords are where shadow has them.
std::string shadowed(std::string_view text) {
  std::string result(text);
  for (std::size_t at = result.find(":*:"); at != std::string::npos; at = result.find(":*:", at + 3)) result[at + 1] = 'x';
  return result;
}

}  // namespace

Result<void> add_settings(Root& root) {
  for (const std::string name : {"passwd", "group"}) {
    const Node* master = file_at(root, "/usr/share/base-passwd/" + name + ".master");
    if (master != nullptr) TRY(root.put_file("/etc/" + name, shadowed(*master->content), 0644));
  }
  const std::string top = "/usr/share/ca-certificates/";
  std::string all;
  for (auto at = root.nodes().lower_bound(top); at != root.nodes().end() && at->first.starts_with(top); ++at) {
    if (at->second.type != NodeType::file || !at->first.ends_with(".crt")) continue;
    all += *at->second.content;
    if (!all.ends_with('\n')) all += '\n';
  }
  if (!all.empty()) TRY(root.put_file("/etc/ssl/certs/ca-certificates.crt", std::move(all), 0644));
  return {};
}

}  // namespace tessera::tools::image
