// SPDX-License-Identifier: Apache-2.0
// Seeds for partitions.cpp: partitions_corpus DIRECTORY.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/fs_service/tables.hpp"
#include "tools/support/arguments.hpp"

namespace {

using namespace tessera;

constexpr std::size_t kSectors = 24;

std::vector<std::byte> mbr() {
  std::vector<std::byte> disk(kSectors * 512);
  test::put_mbr(disk, 0, 0, 0x83, 2, 2);
  test::put_mbr(disk, 0, 1, 0x05, 6, 16);
  test::put_mbr(disk, 6, 0, 0x83, 1, 2);
  test::put_mbr(disk, 6, 1, 0x05, 4, 6);
  test::put_mbr(disk, 10, 0, 0x82, 1, 3);
  return disk;
}

// Of four entries, and not of 128: a header says how many there are.
std::vector<std::byte> gpt() {
  std::vector<std::byte> disk(kSectors * 512);
  test::put_mbr(disk, 0, 0, 0xee, 1, kSectors - 1);
  for (const std::size_t sector : {std::size_t{1}, kSectors - 1}) {
    const std::size_t array = sector == 1 ? 2 : kSectors - 2;
    const auto header = std::span(disk).subspan(sector * 512, 512);
    test::put(header, 0, 0x5452'4150'2049'4645, 8);
    test::put(header, 12, 92, 4);
    test::put(header, 24, sector, 8);
    test::put(header, 40, 3, 8);
    test::put(header, 48, kSectors - 3, 8);
    test::put(header, 72, array, 8);
    test::put(header, 80, 4, 4);
    test::put(header, 84, 128, 4);
    const auto entries = std::span(disk).subspan(array * 512, 512);
    test::put(entries, 0, 7, 8);
    test::put(entries, 32, 4, 8);
    test::put(entries, 40, 9, 8);
    test::put(entries, 256, 8, 8);
    test::put(entries, 256 + 32, 10, 8);
    test::put(entries, 256 + 40, 20, 8);
  }
  return disk;
}

void write(const std::string& path, const std::vector<std::byte>& bytes) {
  std::ofstream file(path, std::ios::binary);
  for (const std::byte byte : bytes) file.put(static_cast<char>(byte));
}

}  // namespace

int main(int count, char** values) {
  const auto arguments = tessera::tools::arguments(count, values);
  if (arguments.size() != 2) {
    std::fputs("usage: partitions_corpus DIRECTORY\n", stderr);
    return 2;
  }
  std::filesystem::create_directories(arguments[1]);
  write(arguments[1] + "/mbr", mbr());
  write(arguments[1] + "/gpt", gpt());
  return 0;
}
