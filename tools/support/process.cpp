// SPDX-License-Identifier: Apache-2.0
// Other programs, run to their end.
#include "tools/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "tools/support/unique_fd.hpp"

namespace tessera::tools {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("cannot make a pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

[[noreturn]] void become(const Command& command, int output, int errors) {
  reset_signals();
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  if (const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC); nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  for (const auto& [name, value] : command.environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (command.directory.empty() || ::chdir(command.directory.c_str()) == 0) {
    std::vector<std::string> words = command.words;
    ::execvp(words.front().c_str(), exec_words(words).data());
  }
  const std::string message = "cannot run " + command.words.front() + ": " + std::strerror(errno) + "\n";
  static_cast<void>(!::write(STDERR_FILENO, message.data(), message.size()));
  ::_exit(127);
}

// Reads what is there into TEXT; false at the end.
bool take(int from, std::string& text) {
  std::array<char, 65536> chunk;
  const ssize_t got = ::read(from, chunk.data(), chunk.size());
  if (got < 0) return errno == EINTR;
  text.append(chunk.data(), static_cast<std::size_t>(got));
  return got > 0;
}

void collect(int output, int errors, std::string& output_text, std::string& error_text,
             const std::function<void(std::string_view)>& on_line) {
  std::size_t seen = 0;
  std::array<pollfd, 2> waits{{{output, POLLIN, 0}, {errors, POLLIN, 0}}};
  while (waits[0].fd >= 0 || waits[1].fd >= 0) {
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
    if (waits[0].revents != 0 && !take(output, output_text)) waits[0].fd = -1;
    if (waits[1].revents != 0 && !take(errors, error_text)) waits[1].fd = -1;
    waits[0].revents = waits[1].revents = 0;
    for (std::size_t end = output_text.find('\n', seen); on_line && end != std::string::npos; end = output_text.find('\n', seen)) {
      on_line(std::string_view(output_text).substr(seen, end - seen));
      seen = end + 1;
    }
  }
}

std::string last_part(const std::string& text) {
  constexpr std::size_t kMost = 2000;
  std::string part = text.size() > kMost ? text.substr(text.size() - kMost) : text;
  while (part.ends_with('\n')) part.pop_back();
  return part;
}

}  // namespace

Result<std::string> run_program(const Command& command) { return run_program(command, nullptr); }

Result<std::string> run_program(const Command& command, const std::function<void(std::string_view)>& on_line) {
  Pipe output = TRY(make_pipe());
  Pipe errors = TRY(make_pipe());
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("cannot start " + command.words.front());
  if (child == 0) become(command, output.write.get(), errors.write.get());
  output.write.reset();
  errors.write.reset();
  std::string output_text;
  std::string error_text;
  collect(output.read.get(), errors.read.get(), output_text, error_text, on_line);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output_text;
  return fail("`" + shell_words(command.words) + "` failed" + (error_text.empty() ? "" : ": " + last_part(error_text)));
}

void reset_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

std::string shell_words(const std::vector<std::string>& words) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%";
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
      text += word;
      continue;
    }
    text += '\'';
    for (const char character : word) text += character == '\'' ? std::string("'\\''") : std::string(1, character);
    text += '\'';
  }
  return text;
}

std::vector<char*> exec_words(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace tessera::tools
