// SPDX-License-Identifier: Apache-2.0
// Stands in for QEMU in engine_test: finds the link and the log among its
// arguments and behaves as the environment variable FAKE_QEMU says.
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "tools/support/arguments.hpp"
#include "tools/support/file.hpp"

namespace {

int stream_of(const std::vector<std::string>& words, std::string_view id) {
  const std::string start = "socket,id=" + std::string(id) + ",fd=";
  for (const std::string& word : words) {
    if (word.starts_with(start)) return std::atoi(word.substr(start.size()).c_str());
  }
  return -1;
}

void put(int stream, std::string_view bytes) { static_cast<void>(tessera::tools::write_all(stream, bytes, "")); }

std::string get(int stream, std::size_t bytes) {
  std::string text;
  std::array<char, 4096> chunk;
  while (text.size() < bytes) {
    const ssize_t got = ::read(stream, chunk.data(), bytes - text.size());
    if (got <= 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return text;
}

void output(int link, unsigned char channel, std::string_view payload) {
  std::string frame{static_cast<char>(channel), '\0', static_cast<char>(payload.size() & 0xff),
                    static_cast<char>(payload.size() >> 8)};
  put(link, frame + std::string(payload));
}

// Sends input back until its end; tells window sizes.
void echo(int link) {
  for (;;) {
    const std::string head = get(link, 4);
    if (head.size() < 4) return;
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(head[at]); };
    const std::string payload = get(link, byte(2) + std::size_t{byte(3)} * 256);
    if (byte(0) == 0) output(link, 16, payload);
    if (byte(0) == 1) return;
    if (byte(0) == 2) {
      output(link, 16, "size " + std::to_string(static_cast<unsigned char>(payload[0])) + "x" +
                           std::to_string(static_cast<unsigned char>(payload[2])) + "\r\n");
    }
  }
}

}  // namespace

int main(int count, char** values) {
  const auto words = tessera::tools::arguments(count, values);
  const int link = stream_of(words, "link");
  const int log = stream_of(words, "log");
  const char* wanted = ::getenv("FAKE_QEMU");
  const std::string mode = wanted == nullptr ? "" : wanted;
  put(log, "[0.000001] nucleus: fake machine\n");
  if (mode == "die") {
    std::fputs("qemu: no such thing\n", stderr);
    return 1;
  }
  if (mode == "quiet-death") return 0;
  if (mode == "hang") ::pause();
  if (mode == "bad-link") put(link, "garbage");
  if (mode == "fatal") put(log, "[0.1] nucleus: tessera: fatal: genesis is missing\n");
  if (mode == "flood") {
    for (;;) output(link, 16, std::string(4096, 'y'));
  }
  if (mode == "echo") {
    output(link, 17, "to stderr\n");
    echo(link);
  }
  put(log, "[0.2] nucleus: tessera: power-off status=3\n");
  if (mode == "stay") ::pause();
  return 0;
}
