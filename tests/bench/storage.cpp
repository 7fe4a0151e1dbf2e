// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/storage.hpp"

#include "tests/bench/rows.hpp"

namespace tessera::bench {
namespace {

std::span<const GuestRow> rows() {
  static const std::vector<GuestRow> all{{"write-64M", true},
                                         {"read-64M", true},
                                         {"read-4K-1", true},
                                         {"read-4K-32", true},
                                         {"write-4K-1"},
                                         {"write-4K-32"},
                                         {"direct-read-4K-1"},
                                         {"direct-read-4K-32"},
                                         {"direct-write-4K-1"},
                                         {"direct-write-4K-32"},
                                         {"append-fsync", true},
                                         {"create", true},
                                         {"stat"},
                                         {"unlink", true},
                                         {"untar-3000"},
                                         {"remove-3000"}};
  return all;
}

}  // namespace

std::string storage_row(const std::string& guest_row, DiskKind kind) {
  switch (kind) {
    case DiskKind::virtio: return "storage-" + guest_row;
    case DiskKind::nvme: return "storage-nvme-" + guest_row;
  }
  return guest_row;
}

std::vector<std::string> storage_rows(DiskKind kind) {
  std::vector<std::string> names;
  for (const GuestRow& row : rows()) names.push_back(storage_row(row.name, kind));
  return names;
}

std::vector<std::string> chosen_storage_rows(const std::string& filter, bool quick, DiskKind kind) {
  std::vector<std::string> names;
  if (kind == DiskKind::nvme && filter.find("nvme") == std::string::npos) return names;
  for (const GuestRow& row : rows()) {
    if (wanted(storage_row(row.name, kind), filter) && (row.quick || !quick)) names.push_back(row.name);
  }
  return names;
}

}  // namespace tessera::bench
