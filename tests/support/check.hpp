// SPDX-License-Identifier: Apache-2.0
// A test is a function made with TEST(name). CHECK and CHECK_EQ note a failure with
// its place and go on. The program (check_main.cpp) runs all tests, or those whose
// names contain one of its arguments, and prints a summary.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tessera::test {

struct Registration {
  Registration(std::string_view name, void (*body)());
  std::string_view name;
  void (*body)();
  Registration* next = nullptr;
};

// Notes a failure of the running test.
void note_failure(std::string_view file, int line, std::string_view what);
[[nodiscard]] unsigned failures();

template <typename T>
std::string shown(const T& value) {
  if constexpr (std::same_as<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_enum_v<T>) {
    if constexpr (requires { { name(value) } -> std::convertible_to<std::string_view>; }) return std::string(name(value));
    else return std::to_string(static_cast<long long>(value));
  } else if constexpr (std::integral<T>) {
    return std::to_string(value);
  } else if constexpr (std::convertible_to<T, std::string_view>) {
    return '"' + std::string(std::string_view(value)) + '"';
  } else {
    return "(a value)";
  }
}

template <typename A, typename B>
bool same(const A& a, const B& b) {
  if constexpr (std::integral<A> && std::integral<B> && !std::same_as<A, bool> && !std::same_as<B, bool>) {
    return std::cmp_equal(a, b);
  } else {
    return a == b;
  }
}

template <typename A, typename B>
void check_equal(const A& a, const B& b, std::string_view text, std::string_view file, int line) {
  if (same(a, b)) return;
  note_failure(file, line, std::string(text) + ": " + shown(a) + " is not " + shown(b));
}

}  // namespace tessera::test

#define TEST(name)                                                                        \
  static void test_##name();                                                              \
  static ::tessera::test::Registration registration_##name{#name, test_##name};           \
  static void test_##name()

#define CHECK(...)                                                                        \
  do {                                                                                    \
    if (!(__VA_ARGS__)) ::tessera::test::note_failure(__FILE__, __LINE__, #__VA_ARGS__);  \
  } while (false)

#define CHECK_EQ(a, b) ::tessera::test::check_equal((a), (b), #a " == " #b, __FILE__, __LINE__)
