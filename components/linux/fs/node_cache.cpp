// SPDX-License-Identifier: Apache-2.0
// The hash table of path nodes. Kept nodes are held by one reference each and
// given up second-chance: oldest first, unless used since it was last looked at.
#include "components/linux/fs/node_cache.hpp"

#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/name_hash.hpp"

namespace tessera::lx {
namespace {

std::uint32_t node_hash(const PathNode& parent, std::string_view name) {
  auto address = reinterpret_cast<std::uintptr_t>(&parent);
  const std::uint32_t seed = static_cast<std::uint32_t>(address >> 4) * 0x9e3779b1u;
  return parent.inode().file_system().folds_names() ? hash_folded(name, seed) : hash_name(name, seed);
}

// A name of another case is the same one where the directory says so: there is one node for it, whatever it was asked by.
bool same_name(const PathNode& parent, std::string_view a, std::string_view b) {
  return a == b || (parent.inode().file_system().folds_names() && same_folded(a, b));
}

}  // namespace

NodeCache& node_cache() {
  // Never destroyed: nodes may outlive whatever would order their end.
  static NodeCache* cache = new NodeCache;
  return *cache;
}

PathNode* NodeCache::find(PathNode& parent, std::string_view name) {
  if (buckets_.empty()) return nullptr;
  std::uint32_t hash = node_hash(parent, name);
  for (PathNode* node = buckets_[hash & (buckets_.size() - 1)]; node != nullptr; node = node->chain_) {
    if (node->hash_ == hash && node->parent_.get() == &parent && same_name(parent, node->name_, name)) {
      node->recently_used_.store(true, std::memory_order_relaxed);
      return node;
    }
  }
  return nullptr;
}

Ref<PathNode> NodeCache::insert(PathNode& parent, std::string_view name, Ref<Inode> inode) {
  auto node = make_ref<PathNode>(Ref<PathNode>(&parent), name, std::move(inode));
  if (!parent.inode().file_system().names_are_stable()) return node;
  if (count_ >= kKept) evict();
  if (count_ >= buckets_.size()) grow();
  node->hash_ = node_hash(parent, name);
  link(*node);
  return node;
}

void NodeCache::link(PathNode& node) {
  node.retain();
  node.cached_ = true;
  PathNode*& bucket = buckets_[node.hash_ & (buckets_.size() - 1)];
  node.chain_ = bucket;
  bucket = &node;
  node.older_ = newest_;
  node.newer_ = nullptr;
  (newest_ != nullptr ? newest_->newer_ : oldest_) = &node;
  newest_ = &node;
  ++count_;
}

// Out of the table; its reference is the caller's to release.
void NodeCache::unlink(PathNode& node) {
  PathNode** link = &buckets_[node.hash_ & (buckets_.size() - 1)];
  while (*link != &node) link = &(*link)->chain_;
  *link = node.chain_;
  (node.older_ != nullptr ? node.older_->newer_ : oldest_) = node.newer_;
  (node.newer_ != nullptr ? node.newer_->older_ : newest_) = node.older_;
  node.cached_ = false;
  --count_;
}

void NodeCache::forget(PathNode& node) {
  unlink(node);
  node.release();
}

void NodeCache::remove(PathNode& parent, std::string_view name) {
  PathNode* node = find(parent, name);
  if (node == nullptr) return;
  node->deleted_ = true;
  forget(*node);
}

void NodeCache::rename(PathNode& parent, std::string_view name, PathNode& to_parent, std::string_view to_name,
                       bool exchange) {
  PathNode* node = find(parent, name);
  PathNode* other = find(to_parent, to_name);
  if (other == node) return;
  if (node != nullptr) unlink(*node);
  if (other != nullptr) unlink(*other);
  auto place = [&](PathNode& moved, PathNode& directory, std::string_view as) {
    moved.parent_ = Ref<PathNode>(&directory);
    moved.name_ = as;
    moved.hash_ = node_hash(directory, moved.name_);
    link(moved);
    moved.release();  // the table's new reference replaces the old one
  };
  std::string old_name(name);  // `name` may be the node's own text
  if (node != nullptr) place(*node, to_parent, to_name);
  if (other == nullptr) return;
  if (exchange) return place(*other, parent, old_name);
  other->deleted_ = true;
  other->release();
}

// A bounded look at the oldest nodes.
void NodeCache::evict() {
  PathNode* node = oldest_;
  for (int looked = 0; looked < 64 && node != nullptr && count_ >= kKept; ++looked) {
    PathNode* next = node->newer_;
    if (node->references() > 1 || node->recently_used_.load(std::memory_order_relaxed)) {
      // To the young end, for its second chance.
      node->recently_used_.store(false, std::memory_order_relaxed);
      unlink(*node);
      link(*node);
      node->release();
    } else {
      forget(*node);  // may drop its parent's count, never another table entry
    }
    node = next;
  }
}

void NodeCache::drop_unused() {
  // Children before parents: repeat until a round finds nothing.
  for (bool again = true; again;) {
    again = false;
    for (PathNode* node = newest_; node != nullptr;) {
      PathNode* next = node->older_;
      if (node->references() == 1) {
        forget(*node);
        again = true;
      }
      node = next;
    }
  }
}

void NodeCache::grow() {
  std::vector<PathNode*> old(buckets_.empty() ? 256 : buckets_.size() * 2);
  std::swap(old, buckets_);
  for (PathNode* node : old) {
    while (node != nullptr) {
      PathNode* next = node->chain_;
      PathNode*& bucket = buckets_[node->hash_ & (buckets_.size() - 1)];
      node->chain_ = bucket;
      bucket = node;
      node = next;
    }
  }
}

}  // namespace tessera::lx
