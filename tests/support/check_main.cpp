// SPDX-License-Identifier: Apache-2.0
// Runs the tests of a program: all, or those whose names contain an argument.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <span>
#include <vector>

#include "tests/support/check.hpp"

namespace tessera::test {

namespace {
constinit Registration* first = nullptr;
std::string_view running;
unsigned failure_count = 0;
unsigned failures_of_test = 0;
constexpr unsigned kShownPerTest = 20;
}  // namespace

Registration::Registration(std::string_view test_name, void (*test_body)()) : name(test_name), body(test_body), next(first) {
  first = this;
}

void note_failure(std::string_view file, int line, std::string_view what) {
  ++failure_count;
  if (++failures_of_test > kShownPerTest) return;
  std::fprintf(stderr, "%.*s:%d: %.*s: %.*s\n", static_cast<int>(file.size()), file.data(), line, static_cast<int>(running.size()),
               running.data(), static_cast<int>(what.size()), what.data());
}

unsigned failures() { return failure_count; }

static int run(std::span<char* const> filters) {
  std::vector<Registration*> tests;
  for (Registration* test = first; test != nullptr; test = test->next) tests.push_back(test);
  std::ranges::reverse(tests);
  unsigned ran = 0, failed = 0;
  const auto start = std::chrono::steady_clock::now();
  for (const Registration* test : tests) {
    const auto wanted = [&](const char* filter) { return test->name.contains(filter); };
    if (!filters.empty() && std::ranges::none_of(filters, wanted)) continue;
    running = test->name;
    failures_of_test = 0;
    test->body();
    ++ran;
    if (failures_of_test == 0) continue;
    ++failed;
    std::printf("FAILED %.*s (%u checks)\n", static_cast<int>(running.size()), running.data(), failures_of_test);
  }
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  std::printf("%u tests, %u failed, %lld ms\n", ran, failed, static_cast<long long>(spent.count()));
  return failed == 0 && ran > 0 ? 0 : 1;
}

}  // namespace tessera::test

#pragma clang unsafe_buffer_usage begin
int main(int count, char** arguments) {
  return tessera::test::run(std::span(arguments + 1, static_cast<std::size_t>(count - 1)));
}
#pragma clang unsafe_buffer_usage end
