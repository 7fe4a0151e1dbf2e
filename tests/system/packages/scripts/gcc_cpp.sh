# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,g++,libc6-dev
# memory: 1536M
mkdir -p /tmp/c && cd /tmp/c || exit 1
cat >shape.hpp <<'C'
#pragma once
#include <memory>
#include <string>
struct Shape { virtual ~Shape() = default; virtual double area() const = 0; };
std::unique_ptr<Shape> make(const std::string &name, double size);
C
cat >shape.cpp <<'C'
#include "shape.hpp"
#include <stdexcept>
namespace {
struct Square : Shape { double s; explicit Square(double x) : s(x) {} double area() const override { return s * s; } };
}
std::unique_ptr<Shape> make(const std::string &name, double size) {
  if (name == "square") return std::make_unique<Square>(size);
  throw std::invalid_argument("no " + name);
}
C
cat >main.cpp <<'C'
#include "shape.hpp"
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <typeinfo>
#include <vector>
thread_local int depth = 7;
int main() {
  std::cout << make("square", 1.5)->area() << '\n';
  try { make("circle", 1); } catch (const std::exception &e) { std::cout << typeid(e).name() << ' ' << e.what() << '\n'; }
  std::atomic<int> sum{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&, i] { depth += i; for (int k = 0; k < 1000; ++k) sum += depth; });
  for (auto &t : threads) t.join();
  auto later = std::async(std::launch::async, [] { if (depth == 7) throw std::runtime_error("from the thread"); return 1; });
  try { later.get(); } catch (const std::runtime_error &e) { std::cout << sum << ' ' << e.what() << '\n'; }
  std::map<std::string, int> words;
  std::istringstream text("the cat and the dog and the bird");
  for (std::string word; text >> word;) ++words[word];
  for (auto &[w, n] : words) std::cout << w << '=' << n << ' ';
  std::cout << '\n';
  std::filesystem::create_directories("tree/a/b");
  std::ofstream("tree/a/b/file") << "content";
  for (auto &e : std::filesystem::recursive_directory_iterator("tree")) std::cout << e.path() << ' ' << e.is_directory() << '\n';
  std::cout << std::filesystem::file_size("tree/a/b/file") << ' ' << std::filesystem::remove_all("tree") << std::endl;
  throw 5;
}
C
g++ -std=c++20 -g -c shape.cpp main.cpp && g++ -o shapes main.o shape.o && { (ulimit -c 0; ./shapes) 2>&1; echo "status $?"; }
g++ -shared -fPIC -o libshape.so shape.cpp && g++ -o shapes main.o -L. -lshape && { (ulimit -c 0; LD_LIBRARY_PATH=. ./shapes) 2>&1 | head -n 2; }
nm -C shape.o | grep ' T '; c++filt _ZNSt6vectorIiSaIiEE9push_backERKi
