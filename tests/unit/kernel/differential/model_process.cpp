// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/differential/model_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tessera::nucleus::test {

[[noreturn]] static void give_up(std::string_view what) {
  std::fprintf(stderr, "the model: %.*s\n", static_cast<int>(what.size()), what.data());
  std::fflush(nullptr);
  std::_Exit(1);
}

static std::vector<std::uint64_t> numbers_of(const std::string& line) {
  std::vector<std::uint64_t> numbers;
  for (const char* at = line.c_str(); *at != '\0';) {
    char* end = nullptr;
    numbers.push_back(std::strtoull(at, &end, 10));
    if (end == at) give_up(line);
    at = end;
  }
  return numbers;
}

ModelProcess::ModelProcess(const std::string& program) {
  std::array<int, 2> in{}, out{};
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) give_up(std::strerror(errno));
  child_ = fork();
  if (child_ < 0) give_up(std::strerror(errno));
  if (child_ == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
    give_up(program + ": " + std::strerror(errno));
  }
  close(in[0]);
  close(out[1]);
  to_ = in[1];
  from_ = out[0];
}

ModelProcess::~ModelProcess() {
  close(to_);  // it ends when there is nothing more to read
  close(from_);
  waitpid(child_, nullptr, 0);
}

void ModelProcess::write(std::string_view line) {
  out_ += line;
  out_ += '\n';
  if (out_.size() > 16'384) flush();
}

void ModelProcess::flush() {
  std::string_view rest = out_;
  while (!rest.empty()) {
    const ssize_t count = ::write(to_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) give_up(std::strerror(errno));
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  out_.clear();
}

std::string ModelProcess::read_line() {
  flush();
  for (;;) {
    if (const std::size_t end = in_.find('\n', read_); end != std::string::npos) {
      std::string line = in_.substr(read_, end - read_);
      read_ = end + 1;
      return line;
    }
    in_.erase(0, read_);
    read_ = 0;
    std::array<char, 16'384> piece;
    const ssize_t count = ::read(from_, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) give_up("it has ended");
    in_.append(piece.data(), static_cast<std::size_t>(count));
  }
}

ModelProcess::Answer ModelProcess::read_answer() {
  const std::string line = read_line();
  const std::vector<std::uint64_t> numbers = numbers_of(line);
  if (numbers.size() != 3) give_up(line);
  return {numbers[0], numbers[1], numbers[2]};
}

std::vector<std::vector<std::uint64_t>> ModelProcess::dump() {
  write("dump");
  std::vector<std::vector<std::uint64_t>> all;
  for (std::string line = read_line(); line != "."; line = read_line()) all.push_back(numbers_of(line));
  return all;
}

}  // namespace tessera::nucleus::test
