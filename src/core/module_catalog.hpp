// The modules of the projects that a statement has met, kept while it runs.
//
// A project starts with single questions to the database (`misses` counts them); one that is asked
// about again and again is loaded as a whole: `complete`. Keys are bytes, whatever they mean.
#pragma once

#include "core/module_path.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

struct ProjectModules {
    ModuleRoots roots;
    bool complete = false;
    bool too_many = false; // more modules than are worth keeping: it is asked each time
    int misses = 0;
};

class ModuleCatalog {
  public:
    // The entry of a project, made when it is new. It stays where it is.
    ProjectModules &project(std::string_view tenant, std::string_view project)
    {
        key_.assign(tenant);
        key_ += '\0';
        key_ += project;
        if (last_ == nullptr || key_ != last_key_) {
            last_ = &projects_[key_];
            last_key_ = key_;
        }
        return *last_;
    }

  private:
    std::unordered_map<std::string, ProjectModules> projects_;
    std::string key_, last_key_;
    ProjectModules *last_ = nullptr;
};

} // namespace tenancy::core
