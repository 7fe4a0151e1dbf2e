// SPDX-License-Identifier: Apache-2.0
// The capability model as a child process: lines go in, lines come out
// (model/executable/main.ml has the protocol). Answers may be read long after the
// questions were written, so that model and nucleus run at the same time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::nucleus::test {

class ModelProcess {
 public:
  // Ends the program when there is none to run.
  explicit ModelProcess(const std::string& program);
  ~ModelProcess();
  ModelProcess(const ModelProcess&) = delete;
  ModelProcess& operator=(const ModelProcess&) = delete;

  struct Answer {
    std::uint64_t error = 0, digest = 0, made = 0;
  };

  void write(std::string_view line);  // without the line's end
  [[nodiscard]] Answer read_answer();
  // All that `dump` tells.
  [[nodiscard]] std::vector<std::vector<std::uint64_t>> dump();

 private:
  [[nodiscard]] std::string read_line();
  void flush();

  int child_ = 0, to_ = -1, from_ = -1;
  std::string out_, in_;
  std::size_t read_ = 0;  // of in_, what was taken
};

}  // namespace tessera::nucleus::test
