// SPDX-License-Identifier: Apache-2.0
// A text of its own, UTF-8. Components have no std::string that grows.
#pragma once

#include <string_view>
#include <vector>

namespace tessera::fs::fat {

class Text {
 public:
  Text() = default;
  explicit Text(std::string_view from) : characters_(from.begin(), from.end()) {}

  operator std::string_view() const { return {characters_.data(), characters_.size()}; }  // as a std::string does
  [[nodiscard]] bool empty() const { return characters_.empty(); }
  [[nodiscard]] std::size_t size() const { return characters_.size(); }
  void reserve(std::size_t bytes) { characters_.reserve(bytes); }
  void add(char character) { characters_.push_back(character); }
  void add(std::string_view text) { characters_.insert(characters_.end(), text.begin(), text.end()); }

 private:
  std::vector<char> characters_;
};

}  // namespace tessera::fs::fat
