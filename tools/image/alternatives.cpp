// SPDX-License-Identifier: Apache-2.0
#include "tools/image/alternatives.hpp"

#include <algorithm>

#include "tools/support/size.hpp"
#include "tools/support/words.hpp"

namespace tessera::tools::image {
namespace {

bool is_path(const std::string& word) {
  return word.starts_with('/') && word.find_first_of("$`*?'\"") == std::string::npos;
}

// A line that ends in a backslash goes on in the next.
std::string joined_lines(std::string_view script) {
  std::string text(script);
  for (std::size_t at = text.find("\\\n"); at != std::string::npos; at = text.find("\\\n", at)) text.replace(at, 2, "  ");
  return text;
}

}  // namespace

std::vector<Alternative> parse_alternatives(std::string_view script) {
  std::vector<Alternative> found;
  for (const std::string& line : words_of(joined_lines(script), "\n;&|")) {
    const auto words = words_of(line, " \t");
    if (words.empty() || words.front() != "update-alternatives") continue;
    std::int64_t priority = 0;
    for (std::size_t at = 1; at + 3 < words.size(); ++at) {
      const bool master = words[at] == "--install";
      if (!master && words[at] != "--slave") continue;
      if (master) {
        if (at + 4 >= words.size()) break;
        const auto number = parse_number(words[at + 4]);
        if (!number) break;
        priority = static_cast<std::int64_t>(*number);
      }
      if (is_path(words[at + 1]) && is_path(words[at + 3])) found.push_back({words[at + 1], words[at + 3], priority});
    }
  }
  return found;
}

std::vector<Alternative> java_alternatives(const Root& root) {
  constexpr std::string_view kStart = "/usr/lib/jvm/.", kEnd = ".jinfo", kPriority = "priority=";
  std::vector<Alternative> found;
  for (auto node = root.nodes().lower_bound(std::string(kStart)); node != root.nodes().end(); ++node) {
    if (!node->first.starts_with(kStart)) break;
    if (!node->first.ends_with(kEnd) || node->second.type != NodeType::file) continue;
    std::int64_t priority = 0;
    for (const std::string& line : words_of(*node->second.content, "\n")) {
      if (line.starts_with(kPriority)) {
        priority = static_cast<std::int64_t>(parse_number(line.substr(kPriority.size())).value_or(0));
      }
      const auto words = words_of(line, " ");
      if (words.size() != 3 || !is_path(words[2]) || words[1].contains('/')) continue;
      found.push_back({"/usr/bin/" + words[1], words[2], priority});
    }
  }
  return found;
}

Result<void> add_alternatives(Root& root, std::vector<Alternative> alternatives) {
  std::ranges::stable_sort(alternatives, std::ranges::greater{}, &Alternative::priority);
  for (const Alternative& one : alternatives) {
    if (!root.resolve(one.path).empty() && !root.is_there(one.link)) TRY(root.put_link(one.link, one.path));
  }
  return {};
}

}  // namespace tessera::tools::image
