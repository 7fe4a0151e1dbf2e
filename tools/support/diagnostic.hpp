// SPDX-License-Identifier: Apache-2.0
// What is wrong with a source file, and where. Checkers collect all that they
// find, so that one run shows every mistake.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace tessera::tools {

struct Location {
  std::size_t line = 0;    // from 1; 0: the whole file
  std::size_t column = 0;  // from 1, in bytes
};

struct Diagnostic {
  std::string file;
  Location where;
  std::string message;

  // "file:line:column: message", as editors understand it.
  [[nodiscard]] std::string text() const {
    if (where.line == 0) return file + ": " + message;
    return file + ":" + std::to_string(where.line) + ":" + std::to_string(where.column) + ": " + message;
  }
};

class Diagnostics {
 public:
  explicit Diagnostics(std::string file) : file_(std::move(file)) {}

  void add(Location where, std::string message) { list_.push_back({file_, where, std::move(message)}); }
  void add(Diagnostic diagnostic) { list_.push_back(std::move(diagnostic)); }

  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] const std::vector<Diagnostic>& list() const { return list_; }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const Diagnostic& one : list_) all += one.text() + "\n";
    return all;
  }

 private:
  std::string file_;
  std::vector<Diagnostic> list_;
};

}  // namespace tessera::tools
